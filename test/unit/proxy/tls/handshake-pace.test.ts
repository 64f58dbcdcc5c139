import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { HandshakePace, mostHandshakes } from '../../../../src/proxy/tls/handshake-pace.ts'

/** So many that want to proceed at once, and the order in which they did. */
function crowd(pace: HandshakePace, size: number): number[] {
  const order: number[] = []
  for (let i = 0; i < size; i++) pace.await({ proceed: () => order.push(i) })
  return order
}

/** A handshake whose client says nothing more. */
class Waiting {
  gone = false
  readonly #pace: HandshakePace

  constructor(pace: HandshakePace) {
    this.#pace = pace
  }

  giveWay(): void {
    this.gone = true
    this.#pace.leave(this)
  }
}

function fill(pace: HandshakePace, now: number): Waiting[] {
  const placed = Array.from({ length: mostHandshakes }, () => new Waiting(pace))
  for (const waiting of placed) assert.ok(pace.enter(waiting, now))
  return placed
}

describe('HandshakePace', () => {
  test('S06 lets the first go at once and spreads a storm over turns, in order', async () => {
    const pace = new HandshakePace()

    const order = crowd(pace, 100)
    const atOnce = order.length
    await turn()
    const nextTurn = order.length
    while (order.length < 100) await turn()

    assert.ok(atOnce > 0 && atOnce <= 10)
    assert.ok(nextTurn > atOnce && nextTurn <= 2 * atOnce)
    assert.deepEqual(
      order,
      Array.from({ length: 100 }, (_, i) => i),
    )
  })

  test('lets newcomers go at once again when the storm is over', async () => {
    const pace = new HandshakePace()
    const first = crowd(pace, 30)
    while (first.length < 30) await turn()
    await turn()

    assert.deepEqual(crowd(pace, 1), [0])
  })

  test('S06 has so many places and no more, until one is left', () => {
    const pace = new HandshakePace()
    const placed = fill(pace, 0)

    const full = pace.enter(new Waiting(pace), 0)
    const [first] = placed
    if (first !== undefined) pace.leave(first)
    const again = pace.enter(new Waiting(pace), 0)

    assert.deepEqual([full, again, placed.filter(({ gone }) => gone).length], [false, true, 0])
  })

  test('S06 gives the place of a client that keeps it waiting to a newcomer', () => {
    const pace = new HandshakePace()
    const placed = fill(pace, 0)

    const entered = [500, 1000, 1000].map((now) => pace.enter(new Waiting(pace), now))

    const gone = placed.map((waiting) => waiting.gone).slice(0, 3)
    assert.deepEqual(
      [entered, gone],
      [
        [false, true, true],
        [true, true, false],
      ],
    )
  })
})
