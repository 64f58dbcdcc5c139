import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Materials } from '../../../src/tls/materials.ts'
import { TicketKeys } from '../../../src/tls/ticket-keys.ts'

const rotating = { mode: 'on', keys: undefined, rotation: 1000 } as const
const shared = { mode: 'on', keys: 'k', rotation: 1000 } as const

function withShared(first: string): TicketKeys {
  const materials = new Materials()
  const keys = [first, 'other'].map((text) => Buffer.alloc(48, text).toString('base64'))
  materials.take({ put: [{ kind: 'ticket-keys', id: 'k', keys }], removed: [] })
  return new TicketKeys(materials)
}

describe('TicketKeys', () => {
  test('L14 keeps a key until it is time for another', () => {
    const keys = new TicketKeys(new Materials())

    const first = keys.keyFor('g', rotating, 0)
    const same = keys.keyFor('g', rotating, 999)
    const next = keys.keyFor('g', rotating, 1000)

    assert.equal(same, first)
    assert.notDeepEqual(next?.bytes, first?.bytes)
    assert.equal(next?.until, 2000)
  })

  test('L05 has another key for each group', () => {
    const keys = new TicketKeys(new Materials())

    assert.notDeepEqual(keys.keyFor('g', rotating, 0)?.bytes, keys.keyFor('h', rotating, 0)?.bytes)
  })

  test('L14 derives the same key in every process that shares the file, another for each group', () => {
    const one = withShared('secret').keyFor('g', shared, 0)
    const other = withShared('secret').keyFor('g', shared, 5000)

    assert.equal(one?.bytes.length, 48)
    assert.deepEqual(other?.bytes, one?.bytes)
    assert.notDeepEqual(withShared('secret').keyFor('h', shared, 0)?.bytes, one?.bytes)
    assert.notDeepEqual(withShared('changed').keyFor('g', shared, 0)?.bytes, one?.bytes)
  })

  test('has none when tickets are off, or the shared keys are not here', () => {
    const keys = new TicketKeys(new Materials())

    assert.equal(keys.keyFor('g', { ...rotating, mode: 'off' }, 0), undefined)
    assert.equal(keys.keyFor('g', shared, 0), undefined)
  })

  test('keeps a key over changes as long as it is touched, and forgets it otherwise', () => {
    const keys = new TicketKeys(new Materials())
    const kept = keys.keyFor('kept', rotating, 0)
    const lost = keys.keyFor('lost', rotating, 0)

    for (let change = 0; change < 3; change++) {
      keys.turn()
      keys.touch('kept')
    }

    assert.equal(keys.keyFor('kept', rotating, 0), kept)
    assert.notEqual(keys.keyFor('lost', rotating, 0), lost)
  })
})
