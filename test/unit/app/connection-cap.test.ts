import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connectionCap, openFileLimit } from '../../../src/app/connection-cap.ts'

describe('connectionCap', () => {
  for (const [limit, upstream, cap] of [
    [20_000, 1_000, 17_976],
    [1_048_576, 1_000, 50_000],
    [1_024, 100, 64],
    [256, 0, 64],
  ] as const) {
    test(`is ${cap} with ${limit} file descriptors and ${upstream} upstream sockets`, () => {
      assert.equal(connectionCap(limit, upstream), cap)
    })
  }
})

test('openFileLimit reads the limit of this process', () => {
  assert.ok(openFileLimit() >= 64)
})
