import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  chunkEnd,
  chunkStart,
  lastChunk,
  requestHeadText,
  responseHeadText,
} from '../../../../src/wire/h1/serialise.ts'
import { readRequests, readResponses } from '../../../support/codec.ts'

describe('what the serialiser writes', () => {
  for (const [framing, lines] of [
    [0, 'content-length: 0\r\n'],
    [12, 'content-length: 12\r\n'],
    ['chunked', 'transfer-encoding: chunked\r\n'],
    ['none', ''],
  ] as const) {
    test(`frames a request by ${framing}`, () => {
      assert.equal(
        requestHeadText('GET', '/x?y', 'a.test', 'x-a: b\r\n', framing),
        `GET /x?y HTTP/1.1\r\nhost: a.test\r\nx-a: b\r\n${lines}\r\n`,
      )
    })
  }

  for (const [framing, connection, lines] of [
    [5, '', 'content-length: 5\r\n'],
    [5, 'close', 'connection: close\r\ncontent-length: 5\r\n'],
    [0, 'keep-alive', 'connection: keep-alive\r\ncontent-length: 0\r\n'],
    ['chunked', '', 'transfer-encoding: chunked\r\n'],
    ['none', '', ''],
    ['close', '', 'connection: close\r\n'],
    ['close', 'keep-alive', 'connection: close\r\n'],
  ] as const) {
    test(`frames a response by ${framing} on ${JSON.stringify(connection)}`, () => {
      assert.equal(
        responseHeadText(404, '', 'x-a: b\r\n', framing, connection),
        `HTTP/1.1 404 Not Found\r\nx-a: b\r\n${lines}\r\n`,
      )
    })
  }

  test('is what the codec reads back', () => {
    const request = requestHeadText('PUT', '/x?y', 'a.test', 'x-a: b\r\n', 'chunked')
    const body = `${chunkStart(26)}${'z'.repeat(26)}${chunkEnd}${lastChunk('grpc-status: 0\r\n')}`
    const response = responseHeadText(200, 'Fine', 'x-a: b\r\n', 'chunked', '')

    const [asked] = readRequests([Buffer.from(request + body)]).messages
    const [answered] = readResponses([Buffer.from(response + body)]).messages

    assert.deepEqual(
      [asked?.head['method'], asked?.head['path'], asked?.head['fields']],
      ['PUT', '/x', 'x-a: b\r\n'],
    )
    assert.deepEqual([answered?.head['status'], answered?.head['reason']], [200, 'Fine'])
    assert.deepEqual([asked?.body, asked?.trailers], ['z'.repeat(26), 'grpc-status: 0\r\n'])
    assert.deepEqual([answered?.body, answered?.trailers], ['z'.repeat(26), 'grpc-status: 0\r\n'])
  })
})
