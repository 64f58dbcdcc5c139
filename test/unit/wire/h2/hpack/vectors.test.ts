import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HpackDecoder } from '../../../../../src/wire/h2/hpack/decoder.ts'
import { decodeHex, linesOf } from './support.ts'
import { vectors } from './vectors.ts'

describe('the examples of RFC 7541 are decoded', () => {
  for (const { name, tableBytes, blocks } of vectors) {
    test(name, () => {
      const decoder = new HpackDecoder(tableBytes)

      for (const { hex, fields } of blocks) {
        const list = decodeHex(hex, decoder)

        assert.ok(list !== 'compression')
        assert.deepEqual(linesOf(list).sort(), [...fields].sort())
      }
    })
  }
})
