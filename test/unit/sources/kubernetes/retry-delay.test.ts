import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pause, retryDelay } from '../../../../src/sources/kubernetes/retry-delay.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

describe('waiting before another try', () => {
  const rows: readonly (readonly [number, number, number])[] = [
    [1, 500, 1_000],
    [2, 500, 2_000],
    [4, 500, 8_000],
    [6, 500, 30_000],
    [1_000, 500, 30_000],
  ]
  for (const [attempt, least, most] of rows) {
    test(`number ${attempt} takes ${least} to ${most} ms, whichever as likely`, () => {
      assert.deepEqual(
        [0, 0.5, 1].map((roll) => retryDelay(attempt, () => roll, undefined)),
        [least, (least + most) / 2, most],
      )
    })
  }

  test('never is less than the server asked for, and up to a half more', () => {
    assert.deepEqual(
      [0, 1].map((roll) => retryDelay(1, () => roll, 20_000)),
      [20_000, 30_000],
    )
    assert.deepEqual(
      [0, 1].map((roll) => retryDelay(1, () => roll, 0)),
      [500, 1_500],
    )
  })

  test('is not longer than 15 minutes, whatever the server asks for', () => {
    assert.equal(
      retryDelay(1, () => 1, 86_400_000),
      900_000,
    )
  })

  test('ends early with its signal, and leaves no timer', async () => {
    const clock = new FakeClock()
    const end = new AbortController()
    const waited = pause(clock, 10_000, end.signal)

    end.abort()
    await waited
    await pause(clock, 10_000, end.signal)

    assert.equal(clock.waiting, 0)
  })
})
