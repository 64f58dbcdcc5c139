import { after, describe } from 'node:test'
import { catalogue, type Stage } from '../support/catalogue.ts'
import {
  accepted,
  answered,
  type Case,
  canary,
  get,
  type OriginExpectation,
  post,
  refused,
  refusedInBody,
  shown,
} from '../support/catalogue-case.ts'
import { answer } from '../support/origin.ts'
import { openStage } from '../support/stage.ts'

// Catalogue 2.1: content-length and transfer-encoding. RFC 9112 §6, RFC 9110 §8.6.

const chunked = 'Transfer-Encoding: chunked\r\n'
const last = '0\r\n\r\n'
const smug = { method: 'GET', target: '/smug' }

/** Refused transfer-encoding lines, each with its body. */
function codings(id: string, lines: readonly string[], ...statuses: number[]): Case[] {
  return lines.map((line) => ({
    id,
    what: `the field ${shown(line)}`,
    send: post(`${line}\r\n`, `${last}${canary}`),
    expect: refused(...statuses),
  }))
}

function lengths(id: string, values: readonly string[], ...statuses: number[]): Case[] {
  return values.map((value) => ({
    id,
    what: `content-length ${shown(value)}`,
    send: post(`Content-Length: ${value}\r\n`, `hello${canary}`),
    expect: refused(...statuses),
  }))
}

const both: Case[] = [
  {
    id: 'F01',
    what: 'content-length before transfer-encoding, body ends by chunks (CL.TE)',
    send: post(`Content-Length: 6\r\n${chunked}`, `${last}G${canary}`),
    expect: refused(),
    important: 'yes',
  },
  {
    id: 'F01',
    what: 'transfer-encoding before content-length, body ends by chunks (CL.TE)',
    send: post(`${chunked}Content-Length: 6\r\n`, `${last}G${canary}`),
    expect: refused(),
    important: 'yes',
  },
  {
    id: 'F02',
    what: 'both lengths, a canary inside the chunk (TE.CL)',
    send: post(`Content-Length: 4\r\n${chunked}`, `${canary.length.toString(16)}\r\n${canary}\r\n${last}`),
    expect: refused(),
    important: 'yes',
  },
  {
    id: 'F03',
    what: 'transfer-encoding xchunked alone',
    send: post('Transfer-Encoding: xchunked\r\n', `${last}${canary}`),
    expect: refused(400, 501),
  },
  {
    id: 'F03',
    what: 'transfer-encoding xchunked with a content-length',
    send: post(`Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n`, `${last}${canary}`),
    expect: refused(400, 501),
    important: 'yes',
  },
]

const forms: Case[] = [
  ...codings('F04', ['Transfer-Encoding : chunked', 'Transfer-Encoding\t: chunked']),
  ...[
    'Transfer-Encoding:\tchunked',
    'Transfer-Encoding: chunked ',
    'Transfer-Encoding: CHUNKED',
    'transfer-ENCODING:chunked',
  ].map(
    (line): Case => ({
      id: 'F05',
      what: `the valid field ${shown(line)}`,
      send: post(`${line}\r\n`, `5\r\nhello\r\n${last}`),
      expect: accepted({
        method: 'POST',
        target: '/t',
        body: 'hello',
        fields: { 'transfer-encoding': 'chunked', 'content-length': undefined },
      }),
      important: 'yes',
    }),
  ),
  ...codings(
    'F06',
    ['\x0b', '\x0c', '\0', '\xa0', '\x85', '\xff'].flatMap((byte) => [
      `Transfer-Encoding: ${byte}chunked`,
      `Transfer-Encoding: chunked${byte}`,
    ]),
  ),
  ...codings('F07', ['Transfer-Encoding: ,chunked', 'Transfer-Encoding: chunked,']),
  ...codings('F08', [
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked, chunked',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
    'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
  ]),
  ...codings(
    'F09',
    [
      'Transfer-Encoding: identity',
      'Transfer-Encoding: gzip',
      'Transfer-Encoding: "chunked"',
      'Transfer-Encoding: chunked;ext=1',
    ],
    400,
    501,
  ),
  ...codings('F10', ['Transfer-Encoding: gzip, chunked'], 501),
  ...codings('F11', ['Transfer-Encoding: chunked, gzip']),
  ...codings('F12', [
    'Transfer-Encoding:',
    'Transfer-Encoding: \r\nContent-Length: 5',
    'Content-Length: 5\r\nTransfer-Encoding:',
  ]),
  ...codings('F13', [
    'Transfer-Encoding:\r\n chunked',
    'Content-Length: 5\r\nX: y\r\n Transfer-Encoding: chunked',
    'Content-Length: 5\r\nTransfer-Encoding:\r\n\tchunked',
  ]),
  {
    id: 'F14',
    what: 'chunked in an HTTP/1.0 request',
    send: `POST /t HTTP/1.0\r\nHost: a.test\r\n${chunked}\r\n5\r\nhello\r\n${last}${canary}`,
    expect: refused(),
  },
  {
    id: 'F14',
    what: 'chunked and a content-length in an HTTP/1.0 request',
    send: `POST /t HTTP/1.0\r\nHost: a.test\r\nContent-Length: 5\r\n${chunked}\r\n${last}${canary}`,
    expect: refused(),
  },
  ...codings('F15', [
    'Transfer_Encoding: chunked\r\nContent-Length: 5',
    'Content_Length: 5',
    'Transfer-\r\nEncoding: chunked',
    'Transfer-Encoding\x85: chunked',
  ]),
]

const contentLengths: Case[] = [
  ...['5\r\nContent-Length: 5', '5\r\nContent-Length: 6', '5, 5', '5, 6'].map(
    (value): Case => ({
      id: 'F16',
      what: `repeated content-length ${shown(value)}`,
      send: post(`Content-Length: ${value}\r\n`, `hello${canary}`),
      expect: refused(),
      important: 'yes',
    }),
  ),
  ...lengths('F17', [
    '+1',
    '-1',
    '0x1',
    '1_0',
    '1.0',
    '1 0',
    '1Z',
    '',
    '\r\nContent-Length: 5',
    '1\x85',
    '-0',
  ]),
  {
    id: 'F18',
    what: 'content-length 010 is ten, and two bytes do not come',
    send: post('Content-Length: 010\r\n', '12345678'),
    listener: 'fast',
    expect: refusedInBody(408),
    once: 'yes',
  },
  {
    id: 'F18',
    what: 'content-length 010 is ten',
    send: post('Content-Length: 010\r\n', '1234567890'),
    expect: accepted({
      method: 'POST',
      target: '/t',
      body: '1234567890',
      fields: { 'content-length': '10' },
    }),
  },
  ...lengths('F19', ['18446744073709551617', '9'.repeat(26)], 400, 413),
  ...lengths('F20', ['9007199254740993'], 413),
  ...['Content-Length 1', 'Content-Length : 1'].map(
    (line): Case => ({
      id: 'F21',
      what: `the field ${shown(line)}`,
      send: post(`${line}\r\n`, `1${canary}`),
      expect: refused(),
    }),
  ),
  {
    id: 'F21',
    what: 'a blank before the first field, a content-length',
    send: `POST /t HTTP/1.1\r\n Content-Length: 1\r\nHost: a.test\r\n\r\n1${canary}`,
    expect: refused(),
  },
  ...['content-length: 1\r\nContent-LENGTH: 2', 'CONTENT-LENGTH: 2\r\ncontent-length: 1'].map(
    (lines): Case => ({
      id: 'F28',
      what: `the fields ${shown(lines)}`,
      send: post(`${lines}\r\n`, `12${canary}`),
      expect: refused(),
    }),
  ),
]

/** A body on a method that seldom has one travels whole. */
const odd: Case[] = ['GET', 'HEAD', 'DELETE', 'OPTIONS'].flatMap((method) => {
  const head = `${method} /t HTTP/1.1\r\nHost: a.test\r\n`
  const request: OriginExpectation = { method, target: '/t', body: 'abc' }
  return [
    {
      id: 'F22',
      what: `${method} with content-length 3`,
      send: `${head}Content-Length: 3\r\n\r\nabc`,
      expect: accepted({ ...request, fields: { 'content-length': '3' } }),
      methods: [method],
    },
    {
      id: 'F22',
      what: `${method} with a chunked body`,
      send: `${head}${chunked}\r\n3\r\nabc\r\n${last}`,
      expect: accepted({ ...request, fields: { 'transfer-encoding': 'chunked' } }),
      methods: [method],
    },
  ] satisfies Case[]
})

/** Answers of the gateway itself to a request whose body is a canary. */
const unread: Case[] = (
  [
    ['/redirect', 301],
    ['/fixed', 200],
    ['/admin', 403],
    ['/nothing', 404],
  ] as const
).flatMap(([target, status]) => {
  const host = target === '/nothing' ? 'c.test' : 'a.test'
  const head = `POST ${target} HTTP/1.1\r\nHost: ${host}\r\n`
  return [
    {
      id: 'F23',
      what: `a canary as body of a request that is answered with ${status}`,
      send: `${head}Content-Length: ${canary.length}\r\n\r\n${canary}`,
      expect: answered(status),
      important: 'yes',
    },
    {
      id: 'F23',
      what: `a canary in a chunk of a request that is answered with ${status}`,
      send: `${head}${chunked}\r\n${canary.length.toString(16)}\r\n${canary}\r\n${last}`,
      expect: answered(status),
    },
    {
      id: 'F23',
      what: `200 KiB of canaries as body of a request that is answered with ${status}`,
      send: `${head}Content-Length: ${canary.length * 5000}\r\n\r\n${canary.repeat(5000)}`,
      expect: answered(status),
      once: 'yes',
    },
  ] satisfies Case[]
})

const cut: Case[] = [
  ...['Content-Length:\r\n 30', 'Content-Length\0: 30'].map(
    (line): Case => ({
      id: 'F24',
      what: `GET with the obscured field ${shown(line)} (0.CL)`,
      send: `GET /t HTTP/1.1\r\nHost: a.test\r\n${line}\r\n\r\n${canary}`,
      expect: refused(),
    }),
  ),
  {
    id: 'F25',
    what: 'an answer before the body is complete, the rest is a canary',
    send: post(`Content-Length: ${10 + canary.length}\r\n`, '0123456789'),
    later: canary,
    script: { onHead: () => [answer(200, 'early')] },
    expect: { kind: 'accepted', requests: 'any', statuses: [200], after: 'either', check: neverSmug },
  },
  {
    id: 'F26',
    what: 'a body shorter than its content-length, then FIN',
    send: post('Content-Length: 10\r\n', '01234'),
    finish: 'yes',
    expect: refusedInBody(400, 0),
  },
  {
    id: 'F26',
    what: 'a chunked body that ends in mid chunk, then FIN',
    send: post(chunked, 'a\r\n01234'),
    finish: 'yes',
    expect: refusedInBody(400, 0),
  },
  {
    id: 'F27',
    what: 'POST without any length: what follows is the next request',
    send: post('', canary),
    expect: accepted({ method: 'POST', target: '/t' }, smug),
    important: 'yes',
  },
  {
    id: 'F27',
    what: 'a good pipeline of three',
    send: get('/1') + post('Content-Length: 2\r\n', 'ab') + get('/3'),
    expect: accepted(
      { method: 'GET', target: '/1' },
      { method: 'POST', target: '/t', body: 'ab' },
      { method: 'GET', target: '/3' },
    ),
    important: 'yes',
  },
]

function neverSmug({ requests }: { requests: readonly { target: string }[] }): string | undefined {
  return requests.some((request) => request.target === '/smug') ? 'the canary reached the origin' : undefined
}

const stage: Stage & AsyncDisposable = await openStage()

describe('content-length and transfer-encoding', () => {
  after(() => stage[Symbol.asyncDispose]())
  catalogue(() => stage, [...both, ...forms, ...contentLengths, ...odd, ...unread, ...cut])
})
