import assert from 'node:assert/strict'
import { randomFillSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { RequestIds } from '../../../src/proxy/request-ids.ts'

describe('request ids', () => {
  test('are 32 hexadecimal digits, and no two are the same over several refills', () => {
    const ids = new RequestIds((bytes) => randomFillSync(bytes))

    const given = Array.from({ length: 1000 }, () => ids.next())

    assert.equal(new Set(given).size, 1000)
    assert.ok(given.every((id) => /^[0-9a-f]{32}$/.test(id)))
  })

  test('draw from the random source once for 256 ids', () => {
    let draws = 0
    const ids = new RequestIds((bytes) => {
      draws++
      bytes.fill(draws)
    })

    const given = Array.from({ length: 257 }, () => ids.next())

    assert.equal(draws, 2)
    assert.deepEqual([given[255], given[256]], ['01'.repeat(16), '02'.repeat(16)])
  })
})
