import { after, describe } from 'node:test'
import { catalogue } from '../support/catalogue.ts'
import {
  accepted,
  type Case,
  canary,
  type Expectation,
  post,
  refused,
  refusedInBody,
  shown,
} from '../support/catalogue-case.ts'
import { openStage } from '../support/stage.ts'

// Catalogue 2.2: the chunked body. RFC 9112 §7.1. A head that is right goes upstream before its body turns out wrong;
// the origin must then never get the end of it.

const last = '0\r\n\r\n'
const hello = { method: 'POST', target: '/t', body: 'hello' }
const smug = { method: 'GET', target: '/smug' }

function bodies(id: string, list: readonly string[], ...statuses: number[]): Case[] {
  return list.map((body) => chunkedCase(id, `the body ${shown(body)}`, body, refusedInBody(...statuses)))
}

function chunkedCase(id: string, what: string, body: string, expect: Expectation): Case {
  return { id, what, send: post('Transfer-Encoding: chunked\r\n', body), expect }
}

const important = { important: 'yes' } as const

const lineEnds: Case[] = [
  ...['5\nhello\r\n', '5\r\nhello\n'].map((chunk) => ({
    ...bodies('C01', [`${chunk}${last}${canary}`])[0]!,
    ...important,
  })),
  ...bodies('C01', [`5\r\nhello\r\n0\n\r\n${canary}`, `5\r\nhello\r\n0\r\n\n${canary}`]),
  ...bodies('C02', [
    `5\rhello\r\n${last}`,
    `5\rx\r\nhello\r\n${last}`,
    `5;a\rb\r\nhello\r\n${last}`,
    `5\r\r;AB\r\nhello\r\n${last}`,
  ]),
]

const sizes: Case[] = [
  ...bodies(
    'C03',
    ['0x5', '+5', '-5', '0_5', ' 5', '5 ', '5\t', '', '5these'].map((size) => `${size}\r\nhello\r\n${last}`),
  ),
  ...bodies(
    'C04',
    ['10000000000000005', 'f'.repeat(17)].map((size) => `${size}\r\nhello\r\n${last}${canary}`),
    400,
    413,
  ),
  ...bodies('C05', [`${'0'.repeat(24)}5\r\nhello\r\n${last}`]),
  chunkedCase(
    'C05',
    'sixteen digits, fifteen of them zero',
    `${'0'.repeat(15)}5\r\nhello\r\n${last}`,
    accepted(hello),
  ),
]

const extensions: Case[] = [
  ...['5;a=b', '5;a="x\\";y"', '5;a', '5;a=b;c=d'].map(
    (size): Case => ({
      ...chunkedCase(
        'C06',
        `the extension of ${shown(size)} is dropped`,
        `${size}\r\nhello\r\n${last}`,
        accepted(hello),
      ),
      ...important,
    }),
  ),
  chunkedCase(
    'C06',
    'an extension of the last chunk is dropped',
    '5\r\nhello\r\n0;a=b\r\n\r\n',
    accepted(hello),
  ),
  ...bodies('C07', [
    `5;\nhello\r\n${last}`,
    `5;a="\r\nhello\r\n${last}`,
    `5;a="x\r\nhello\r\n${last}`,
    `5;\x01\r\nhello\r\n${last}`,
    `5;\0\r\nhello\r\n${last}`,
    `5;\r\nhello\r\n${last}`,
  ]),
  chunkedCase(
    'C08',
    'an extension of 20,000 bytes',
    `5;${'a'.repeat(20_000)}\r\nhello\r\n${last}`,
    refusedInBody(400, 413),
  ),
  chunkedCase(
    'C08',
    'a thousand chunks with 200 bytes of extension each',
    `5;${'a'.repeat(200)}\r\nhello\r\n`.repeat(1000) + last,
    refusedInBody(400, 413),
  ),
  ...bodies('C15', [`5 ;a\r\nhello\r\n${last}`, `5\r ;a\r\nhello\r\n${last}`, `5; a\r\nhello\n${last}`]),
]

const ends: Case[] = [
  ...[`5\r\nhelloX\r\n${last}`, `5\r\nhello${last}${canary}`].map((body) => ({
    ...bodies('C09', [body])[0]!,
    ...important,
  })),
  { ...bodies('C16', [`5\r\nhelloXY${last}${canary}`])[0]!, ...important },
  { ...bodies('C16', [`5\r\nhello\0\0${last}${canary}`])[0]!, ...important },
]

const trailers: Case[] = [
  ...['Content-Length: 5', 'Transfer-Encoding: chunked', 'content-length: 0'].map((line) => ({
    ...bodies('C10', [`5\r\nhello\r\n0\r\n${line}\r\n\r\n${canary}`])[0]!,
    ...important,
  })),
  ...[
    'Host: evil',
    'Authorization: Basic eA==',
    'Cookie: a=b',
    'X-Forwarded-For: 9.9.9.9',
    '__proto__: x',
    'Connection: close',
  ].map((line) =>
    chunkedCase(
      'C11',
      `the trailer ${shown(line)} is dropped`,
      `5\r\nhello\r\n0\r\n${line}\r\n\r\n`,
      accepted({ ...hello, trailers: [] }),
    ),
  ),
  chunkedCase(
    'C12',
    'a trailer that looks like a request',
    '5\r\nhello\r\n0\r\nX:POST /smug HTTP/1.1\r\n\r\n',
    accepted(hello),
  ),
]

const afterwards: Case[] = [
  chunkedCase('C13', 'a NUL behind a good body', `5\r\nhello\r\n${last}\0`, {
    ...refused(),
    before: [hello],
  }),
  {
    ...chunkedCase(
      'C13',
      'a canary behind a good body is the next request',
      `5\r\nhello\r\n${last}${canary}`,
      accepted(hello, smug),
    ),
    ...important,
  },
  // The row says a million; the rule bites after a thousand, so 3,000 show it.
  {
    ...chunkedCase(
      'C14',
      'three thousand chunks of one byte',
      `1\r\nx\r\n`.repeat(3000) + last,
      refusedInBody(),
    ),
    once: 'yes',
  },
  chunkedCase(
    'C14',
    'nine hundred chunks of one byte are carried',
    `1\r\nx\r\n`.repeat(900) + last,
    accepted({ ...hello, body: 'x'.repeat(900) }),
  ),
  {
    ...chunkedCase('C17', 'a chunk that stops in the middle', '5\r\nhel', refusedInBody(408)),
    listener: 'fast',
    once: 'yes',
  },
]

const stage = await openStage()

describe('the chunked body', () => {
  after(() => stage[Symbol.asyncDispose]())
  catalogue(() => stage, [...lineEnds, ...sizes, ...extensions, ...ends, ...trailers, ...afterwards])
})
