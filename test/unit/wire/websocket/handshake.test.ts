import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isWebsocketKey, websocketAccept } from '../../../../src/wire/websocket/handshake.ts'

describe('a websocket handshake', () => {
  test('answers the key of RFC 6455 §1.3 with its accept value', () => {
    assert.equal(websocketAccept('dGhlIHNhbXBsZSBub25jZQ=='), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
  })

  for (const [text, is] of [
    ['dGhlIHNhbXBsZSBub25jZQ==', true],
    [undefined, false],
    ['', false],
    ['dGhlIHNhbXBsZSBub25jZQ', false],
    ['dGhlIHNhbXBsZSBub25jZQ=', false],
    ['dGhlIHNhbXBsZSBub25jZTA=', false],
    ['dGhlIHNhbXBsZSBub25j', false],
    ['dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==', false],
    ['dGhlIHNhbXBs_SBub25jZQ==', false],
    [' dGhlIHNhbXBsZSBub25jZQ==', false],
  ] as const) {
    test(`${is ? 'takes' : 'refuses'} the key ${JSON.stringify(text)}`, () => {
      assert.equal(isWebsocketKey(text), is)
    })
  }
})
