import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { within } from '../../../src/std/within.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('waiting for work, and at most so long', () => {
  test('ends with the work, and leaves no timer', async () => {
    const clock = new FakeClock()

    assert.equal(await within(Promise.resolve(1), 1000, clock), 'done')
    assert.equal(clock.waiting, 0)
  })

  test('ends with the time, whatever becomes of the work', async () => {
    const clock = new FakeClock()
    const waiting = within(new Promise(() => {}), 1000, clock)

    clock.advance(1000)

    assert.equal(await waiting, 'late')
  })

  test('throws what the work throws', async () => {
    const clock = new FakeClock()

    await assert.rejects(within(Promise.reject(new Error('broken')), 1000, clock), /broken/)
    assert.equal(clock.waiting, 0)
  })
})
