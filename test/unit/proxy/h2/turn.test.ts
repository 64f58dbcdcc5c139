import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type Leaving, leaveThisTurn } from '../../../../src/proxy/h2/turn.ts'

function connection(name: string, left: string[], then?: () => void): Leaving {
  return {
    isLeaving: false,
    leave() {
      left.push(name)
      then?.()
    },
  }
}

describe('connections that have something to say', () => {
  test('leave once each, at the end of the turn, in order', async () => {
    const left: string[] = []
    const [a, b] = [connection('a', left), connection('b', left)]

    for (const each of [a, b, a, b, a]) leaveThisTurn(each)
    assert.deepEqual(left, [])
    await turn()

    assert.deepEqual(left, ['a', 'b'])
  })

  test('leave again in the next turn when they have more to say', async () => {
    const left: string[] = []
    const a: Leaving = connection('a', left, () => {
      if (left.length < 3) leaveThisTurn(a)
    })

    leaveThisTurn(a)
    for (let i = 0; i < 4; i++) await turn()

    assert.deepEqual(left, ['a', 'a', 'a'])
    assert.equal(a.isLeaving, false)
  })
})
