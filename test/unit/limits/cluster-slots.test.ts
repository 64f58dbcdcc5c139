import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addressOf, readSlots, slotOf } from '../../../src/limits/cluster-slots.ts'

describe('the slot of a key', () => {
  // What CLUSTER KEYSLOT of Redis 7 says; the first is the check value of CRC-16/XMODEM.
  const slots: readonly (readonly [string, number])[] = [
    ['123456789', 12_739],
    ['', 0],
    ['foo', 12_182],
    ['{user1000}.following', 3443],
    ['{user1000}.followers', 3443],
    ['tidegate:{user1000}:x', 3443],
    ['foo{}{bar}', 8363],
    ['foo{{bar}}zap', 4015],
    ['foo{bar}{zap}', 5061],
    ['{bar', 4015],
  ]
  for (const [key, slot] of slots) {
    test(`"${key}" is ${slot}`, () => {
      assert.equal(slotOf(key), slot)
    })
  }
})

describe('what CLUSTER SLOTS replies', () => {
  test('is read range by range, and replicas are left out', () => {
    const reply = [
      [0, 99, ['10.0.0.1', 6379, 'a', []], ['10.0.0.2', 6379, 'b', []]],
      [100, 16_383, ['redis-2.test', 7000, 'c', ['ip', '10.0.0.3']]],
    ]

    assert.deepEqual(readSlots(reply, '10.0.0.9'), [
      { from: 0, to: 99, master: { host: '10.0.0.1', port: 6379 } },
      { from: 100, to: 16_383, master: { host: 'redis-2.test', port: 7000 } },
    ])
  })

  for (const name of [null, '', '?']) {
    test(`takes the node that was asked for a master that is called ${JSON.stringify(name)}`, () => {
      const [range] = readSlots([[0, 1, [name, 6379, 'a']]], '10.0.0.9')

      assert.deepEqual(range?.master, { host: '10.0.0.9', port: 6379 })
    })
  }

  for (const reply of [
    undefined,
    'OK',
    [1],
    [[0, 16_384, ['a', 1]]],
    [[0, 1, []]],
    [[-1, 1, ['a', 1]]],
    [[0.5, 1, ['a', 1]]],
  ]) {
    test(`is nothing when it is ${JSON.stringify(reply)}`, () => {
      assert.deepEqual(readSlots(reply, 'x'), [])
    })
  }
})

describe('the address of a node', () => {
  for (const [text, host, port] of [
    ['10.0.0.1:6379', '10.0.0.1', 6379],
    ['::1:6379', '::1', 6379],
    ['redis.test:7000', 'redis.test', 7000],
    [':7000', 'asked', 7000],
  ] as const) {
    test(`"${text}" is ${host}, ${port}`, () => {
      assert.deepEqual(addressOf(text, 'asked'), { host, port })
    })
  }
})
