import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sharedCidrs } from '../../../src/http/shared-cidrs.ts'

describe('blocks that many routes have', () => {
  test('are compiled once', () => {
    const set = sharedCidrs(['10.0.0.0/8', 'a::/16'])

    assert.equal(sharedCidrs(['10.0.0.0/8', 'a::/16']), set)
    assert.deepEqual([set.has('10.1.1.1'), set.has('a::1'), set.has('11.1.1.1')], [true, true, false])
  })

  test('are not mixed up with others, however many there are', () => {
    const lists = Array.from({ length: 200 }, (_, index) => [`10.${index}.0.0/16`])
    const sets = lists.map(sharedCidrs)

    assert.equal(new Set(sets).size, 200)
    assert.equal(
      lists.every((list, index) => sharedCidrs(list).has(`10.${index}.0.1`)),
      true,
    )
  })

  test('are refused as by parseCidrs', () => {
    assert.throws(() => sharedCidrs(['nonsense']), RangeError)
  })
})
