import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RecordGuard } from '../../../../src/proxy/tls/record-guard.ts'
import { TimerWheel } from '../../../../src/std/timer-wheel.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

/** A socket that has read so much. */
class CountingSocket {
  bytesRead = 0
  destroyed = false

  destroy(): void {
    this.destroyed = true
  }
}

function guarded(): {
  carrier: CountingSocket
  secure: CountingSocket
  clock: FakeClock
  floods: () => number
} {
  const clock = new FakeClock()
  const carrier = new CountingSocket()
  const secure = new CountingSocket()
  let floods = 0
  const host = { wheel: new TimerWheel(clock), onFlood: () => void floods++ }
  new RecordGuard(host, secure, carrier).start()
  return { carrier, secure, clock, floods: () => floods }
}

describe('RecordGuard', () => {
  for (const [say, read, got, ends] of [
    ['ends a connection whose records carry nothing', 200_000, 0, true],
    ['ends one that hides single bytes among them', 200_000, 4_000, true],
    ['leaves one alone whose records carry a byte each', 230_000, 10_000, false],
    ['leaves one alone that carries a lot', 2_000_000, 1_900_000, false],
    ['leaves one alone that sends a few', 20_000, 0, false],
  ] as const) {
    test(`L11 ${say}`, () => {
      const { carrier, secure, clock, floods } = guarded()
      carrier.bytesRead = read
      secure.bytesRead = got

      clock.advance(2_100)

      assert.deepEqual([secure.destroyed, floods()], [ends, ends ? 1 : 0])
    })
  }

  test('looks again and again, at what came since', () => {
    const { carrier, secure, clock } = guarded()
    carrier.bytesRead = 1_000_000
    secure.bytesRead = 990_000
    clock.advance(2_100)
    carrier.bytesRead += 200_000

    clock.advance(2_100)

    assert.equal(secure.destroyed, true)
  })

  test('lets go of a connection that has ended', () => {
    const { secure, clock, floods } = guarded()
    secure.destroy()

    clock.advance(10_000)

    assert.equal(clock.waiting, 0)
    assert.equal(floods(), 0)
  })
})
