import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AttemptLimiter } from '../../../../src/filters/passwords/attempt-limiter.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

function exhausted(client: string) {
  const clock = new FakeClock()
  const limiter = new AttemptLimiter(clock)
  const waits = Array.from({ length: 10 }, () => limiter.take(client))
  return { clock, limiter, waits }
}

describe('what a client may try', () => {
  test('is ten passwords at once', () => {
    const { limiter, waits } = exhausted('192.0.2.1')

    assert.ok(waits.every((wait) => wait === 0))
    assert.equal(limiter.take('192.0.2.1'), 2_000)
  })

  test('is one more each two seconds after that', () => {
    const { clock, limiter } = exhausted('192.0.2.1')

    clock.advance(1_999)
    assert.equal(limiter.take('192.0.2.1'), 1)
    clock.advance(1)
    assert.equal(limiter.take('192.0.2.1'), 0)
    assert.equal(limiter.take('192.0.2.1'), 2_000)
  })

  test('is not less when it is refused', () => {
    const { clock, limiter } = exhausted('192.0.2.1')
    for (let i = 0; i < 100; i += 1) limiter.take('192.0.2.1')

    clock.advance(2_000)

    assert.equal(limiter.take('192.0.2.1'), 0)
  })

  test('is given back for a right one', () => {
    const { limiter } = exhausted('192.0.2.1')

    limiter.giveBack('192.0.2.1')

    assert.equal(limiter.take('192.0.2.1'), 0)
    assert.notEqual(limiter.take('192.0.2.1'), 0)
  })

  test('says nothing of others', () => {
    const { limiter } = exhausted('192.0.2.1')

    assert.equal(limiter.take('192.0.2.2'), 0)
    assert.equal(limiter.take(''), 0)
  })

  test('is one for a /64 of IPv6', () => {
    const { limiter } = exhausted('2001:db8:1:2::1')

    assert.notEqual(limiter.take('2001:db8:1:2:ffff::2'), 0)
    assert.equal(limiter.take('2001:db8:1:3::1'), 0)
  })

  test('is remembered of 10,000 clients', () => {
    const { limiter } = exhausted('192.0.2.1')
    for (let i = 0; i < 10_000; i += 1) limiter.take(`client ${i}`)

    assert.equal(limiter.take('192.0.2.1'), 0)
  })
})
