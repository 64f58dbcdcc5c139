import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { responseRows } from '../../../corpus/responses.ts'
import { type ReadStream, readResponses } from '../../../support/codec.ts'

// Catalogue 2.12 as far as it shows in the codec alone; test/security runs it through the whole gateway.

describe('the codec reads responses of the catalogue', () => {
  for (const row of responseRows) {
    test(`${row.id} ${shown(row.bytes)} is ${row.outcome}`, () => {
      assert.equal(came(readResponses([Buffer.from(row.bytes, 'latin1')], row.methods)), row.outcome)
    })
  }
})

describe('where the bytes are cut changes nothing', () => {
  for (const row of responseRows.filter(({ bytes }) => bytes.length <= 400)) {
    test(`${row.id} ${shown(row.bytes)}, cut at every offset and byte by byte`, () => {
      const bytes = Buffer.from(row.bytes, 'latin1')
      const whole = readResponses([bytes], row.methods)

      for (let at = 1; at < bytes.length; at++) {
        const cut = readResponses([bytes.subarray(0, at), bytes.subarray(at)], row.methods)
        assert.deepEqual([cut.messages, cut.rest], [whole.messages, whole.rest])
      }
      const drip = readResponses(
        [...bytes].map((byte) => Buffer.from([byte])),
        row.methods,
      )
      assert.deepEqual([drip.messages, drip.rest], [whole.messages, whole.rest])
    })
  }
})

function came(stream: ReadStream): string {
  if (stream.refusal !== undefined) {
    return stream.refusal.reason === 'upstream_head_too_large' ? 'large' : 'refused'
  }
  return stream.rest === 'head' || stream.rest === 'body' ? 'waits' : `taken ${stream.messages.length}`
}

function shown(bytes: string): string {
  const escaped = JSON.stringify(bytes).replaceAll(
    /[\x7f-\xff]/g,
    (code) => `\\x${code.charCodeAt(0).toString(16)}`,
  )
  return escaped.length > 90 ? `${escaped.slice(0, 90)}… (${bytes.length} bytes)` : escaped
}
