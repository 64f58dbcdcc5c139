import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseResponseHead, ResponseHead } from '../../../../src/wire/h1/response-head.ts'
import { responsePolicy } from '../../../support/codec.ts'

function parsed(text: string, policy = responsePolicy, into = new ResponseHead()): ResponseHead {
  assert.equal(parseResponseHead(text, policy, into), undefined)
  return into
}

function ok(fields: string, line = 'HTTP/1.1 200 OK'): string {
  return `${line}\r\n${fields}\r\n`
}

describe('a response head', () => {
  test('gives status, phrase, framing and the lines that go on, byte for byte', () => {
    const head = parsed(ok('Date: d\r\nContent-Length: 5\r\nSet-Cookie: a=1\r\nX:\xe9\r\nset-cookie:b=2\r\n'))

    assert.deepEqual([head.status, head.version, head.reason], [200, 1, 'OK'])
    assert.deepEqual([head.contentLength, head.chunked, head.keepAlive, head.hasDate], [5, false, true, true])
    assert.equal(head.fields, 'Date: d\r\nSet-Cookie: a=1\r\nX:\xe9\r\nset-cookie:b=2\r\n')
  })

  for (const [line, reason] of [
    ['HTTP/1.1 404', 'Not Found'],
    ['HTTP/1.1 404 ', 'Not Found'],
    ['HTTP/1.1 404 \xc3\x84', 'Not Found'],
    ['HTTP/1.1 404 a\tb', 'Not Found'],
    ['HTTP/1.1 404 Nothing  here', 'Nothing  here'],
    ['HTTP/1.1 499 \xff', 'Client Error'],
  ] as const) {
    test(`R15 ${JSON.stringify(line)} has the phrase ${reason}`, () => {
      assert.equal(parsed(ok('', line)).reason, reason)
    })
  }

  for (const line of [
    'Connection: x',
    'Keep-Alive: timeout=5',
    'Proxy-Connection: keep-alive',
    'Proxy-Authenticate: Basic',
    'Trailer: X',
    'TE: x',
    'Upgrade: h2c',
    'Server: nginx',
    'l5d-server-id: x',
    'X-Envoy-Upstream-Service-Time: 3',
  ]) {
    test(`H08 ${line} does not go on`, () => {
      assert.equal(parsed(ok(`A: 1\r\n${line}\r\nB: 2\r\n`)).fields, 'A: 1\r\nB: 2\r\n')
    })
  }

  test('H08 server passes where the policy says so', () => {
    assert.equal(parsed(ok('Server: x\r\n'), { ...responsePolicy, server: 'pass' }).fields, 'Server: x\r\n')
  })

  test('R14 what Connection names does not go on', () => {
    const head = parsed(ok('X-Secret: s\r\nDate: d\r\nConnection: X-Secret, date\r\nX: y\r\n'))

    assert.deepEqual([head.fields, head.hasDate], ['X: y\r\n', false])
  })

  for (const name of ['Content-Length', 'transfer-encoding', 'Set-Cookie']) {
    test(`R14 Connection: ${name} is refused`, () => {
      const refusal = parseResponseHead(ok(`Connection: ${name}\r\n`), responsePolicy, new ResponseHead())

      assert.equal(refusal?.reason, 'upstream_bad_response')
    })
  }

  for (const [hint, seconds] of [
    ['timeout=5', 5],
    ['max=100, timeout=60', 60],
    ['Timeout = "7"', 7],
    ['max=100', -1],
    ['xtimeout=5', -1],
  ] as const) {
    test(`R14 Keep-Alive: ${hint} is ${seconds} s`, () => {
      assert.equal(parsed(ok(`Keep-Alive: ${hint}\r\n`)).keepAliveTimeout, seconds)
    })
  }

  for (const [line, connection, keeps] of [
    ['HTTP/1.1 200 OK', '', true],
    ['HTTP/1.1 200 OK', 'Connection: close\r\n', false],
    ['HTTP/1.1 200 OK', 'Connection: x, CLOSE\r\n', false],
    ['HTTP/1.1 200 OK', 'Proxy-Connection: x, close\r\n', false],
    ['HTTP/1.1 200 OK', 'Proxy-Connection: x\r\n', true],
    ['HTTP/1.0 200 OK', '', false],
    ['HTTP/1.0 200 OK', 'Connection: keep-alive\r\n', true],
    ['HTTP/1.0 200 OK', 'Connection: KEEP-ALIVE\r\n', true],
    ['HTTP/1.0 200 OK', 'Connection: keep-alive\r\nConnection: close\r\n', false],
  ] as const) {
    test(`${line} ${JSON.stringify(connection)} ${keeps ? 'keeps' : 'ends'} the connection`, () => {
      assert.equal(parsed(ok(connection, line)).keepAlive, keeps)
    })
  }

  for (const [status, fields, keeps] of [
    [204, 'Content-Length: 0\r\n', true],
    [204, 'Content-Length: 5\r\n', false],
    [204, 'Transfer-Encoding: chunked\r\n', false],
    [103, 'Content-Length: 5\r\n', false],
  ] as const) {
    test(`R08 a ${status} with ${JSON.stringify(fields)} has no body and ${keeps ? 'keeps' : 'ends'} the connection`, () => {
      const head = parsed(ok(fields, `HTTP/1.1 ${status} Word`))

      assert.deepEqual([head.contentLength, head.chunked, head.keepAlive], [-1, false, keeps])
    })
  }

  test('R08 a 304 tells the length that a 200 would have', () => {
    assert.equal(parsed(ok('Content-Length: 5\r\n', 'HTTP/1.1 304 Not Modified')).contentLength, 5)
  })
})
