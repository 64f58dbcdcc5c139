import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type RequestRow, requestRows } from '../../../corpus/requests.ts'
import { type ReadStream, readRequests } from '../../../support/codec.ts'

// The rows of the bad-input catalogue that show in the codec alone; test/security runs them through the whole gateway.

describe('the codec reads requests of the catalogue', () => {
  for (const row of requestRows) {
    test(`${row.id} ${shown(row.bytes)} is ${wanted(row)}`, () => {
      assert.equal(came(readRequests([Buffer.from(row.bytes, 'latin1')])), wanted(row))
    })
  }
})

describe('where the bytes are cut changes nothing', () => {
  for (const row of requestRows.filter(({ bytes }) => bytes.length <= 400)) {
    test(`${row.id} ${shown(row.bytes)}, cut at every offset and byte by byte`, () => {
      const bytes = Buffer.from(row.bytes, 'latin1')
      const whole = readRequests([bytes])

      for (let at = 1; at < bytes.length; at++) {
        assert.deepEqual(same(readRequests([bytes.subarray(0, at), bytes.subarray(at)])), same(whole))
      }
      assert.deepEqual(same(readRequests([...bytes].map((byte) => Buffer.from([byte])))), same(whole))
    })
  }
})

/** A fault may be seen, and named, before the head is complete: then by its line, else by what the line says. */
function same(stream: ReadStream): unknown {
  return { messages: stream.messages, rest: stream.rest }
}

function came(stream: ReadStream): string {
  if (stream.refusal !== undefined) return `refused: ${stream.refusal.reason} after ${stream.messages.length}`
  const isWaiting = stream.rest === 'head' || stream.rest === 'body'
  return `${isWaiting ? 'waiting after' : 'taken:'} ${stream.messages.length}`
}

function wanted({ outcome }: RequestRow): string {
  switch (outcome.kind) {
    case 'refused':
      return `refused: ${outcome.reason} after ${outcome.before}`
    case 'taken':
      return `taken: ${outcome.messages}`
    case 'waits':
      return `waiting after ${outcome.messages}`
  }
}

function shown(bytes: string): string {
  const text = JSON.stringify(bytes.replace('POST /t HTTP/1.1\r\nHost: a.test\r\n', '…'))
  const escaped = text.replaceAll(/[\x7f-\xff]/g, (code) => `\\x${code.charCodeAt(0).toString(16)}`)
  return escaped.length > 90 ? `${escaped.slice(0, 90)}… (${bytes.length} bytes)` : escaped
}
