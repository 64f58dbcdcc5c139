import { after, describe } from 'node:test'
import { catalogue } from '../support/catalogue.ts'
import {
  accepted,
  answered,
  type Case,
  canary,
  get,
  oneOf,
  post,
  refused,
  shown,
} from '../support/catalogue-case.ts'
import { openStage } from '../support/stage.ts'

// Catalogue 2.3: line endings and header grammar. RFC 9112 §2.2, §5; RFC 9110 §5.

const plain = { method: 'GET', target: '/t' }
const important = { important: 'yes' } as const

function bytes(id: string, list: readonly string[], ...statuses: number[]): Case[] {
  return list.map((send) => ({ id, what: `the bytes ${shown(send)}`, send, expect: refused(...statuses) }))
}

function fields(id: string, list: readonly string[], ...statuses: number[]): Case[] {
  return list.map((line) => ({
    id,
    what: `the field line ${shown(line)}`,
    send: get('/t', `${line}\r\n`) + canary,
    expect: refused(...statuses),
  }))
}

function codes(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => String.fromCharCode(from + i))
}

const lineEnds: Case[] = [
  ...bytes('G01', [
    'GET /t HTTP/1.1\nHost: a.test\n\n',
    `GET /t HTTP/1.1\nHost: a.test\r\n\r\n${canary}`,
    `GET /t HTTP/1.1\r\nHost: a.test\nX: y\r\n\r\n${canary}`,
    `GET /t HTTP/1.1\r\nHost: a.test\r\n\n${canary}`,
  ]).map((row) => ({ ...row, ...important })),
  ...bytes('G02', [
    `GET /t HTTP/1.1\r\nHost: a.test\rX: y\r\n\r\n${canary}`,
    `GET /t HTTP/1.1\r\nHost: a.test\r\nX: a\rb\r\n\r\n${canary}`,
    `GET /t HTTP/1.1\r\nHost: a.test\r\n\rZ\r\n\r\n${canary}`,
  ]).map((row) => ({ ...row, ...important })),
]

const characters: Case[] = [
  ...fields(
    'G03',
    [...codes(0, 8), ...codes(0x0b, 0x0c), ...codes(0x0e, 0x1f), '\x7f'].map((code) => `X: a${code}b`),
  ),
  ...fields('G03', ['X\0Y: z']),
  ...['\x80', '\xe9', '\xff', 'caf\xc3\xa9'].map(
    (text): Case => ({
      id: 'G04',
      what: `the value ${shown(text)} is carried byte by byte`,
      send: get('/t', `X-Text: ${text}\r\n`),
      expect: accepted({ ...plain, fields: { 'x-text': text } }),
    }),
  ),
  ...fields(
    'G05',
    ['\x80', '\xff', '(', ')', '/', '"', '@', '[', '{', ',', ';', '=', ' '].map((code) => `X${code}Y: z`),
  ),
  ...fields('G06', ['no colon', ': v', ':\r\nX: y']),
  ...bytes('G07', [
    `GET /t HTTP/1.1\r\n Host: a.test\r\n\r\n${canary}`,
    `GET /t HTTP/1.1\r\n\tX: y\r\nHost: a.test\r\n\r\n${canary}`,
  ]),
  ...fields('G07', ['X : y', 'X\t: y', 'X: a\r\n b', 'X: a\r\n\tb', 'X:\r\n y']).map((row) => ({
    ...row,
    ...important,
  })),
]

const names: Case[] = [
  ...['X_Forwarded_For: 9.9.9.9', 'some_name: x', '_: x'].flatMap((line): Case[] => [
    {
      id: 'G08',
      what: `${shown(line)} is dropped`,
      send: get('/t', `${line}\r\n`),
      expect: accepted({
        ...plain,
        fields: { x_forwarded_for: undefined, some_name: undefined, _: undefined },
      }),
    },
    {
      id: 'G08',
      what: `${shown(line)} is refused where the listener says reject`,
      send: get('/t', `${line}\r\n`),
      listener: 'strict',
      expect: refused(),
    },
  ]),
  ...fields(
    'G09',
    Array.from("!#$%&'*+.^`|~", (code) => `X${code}Y: z`),
  ),
  ...['constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf'].map(
    (name): Case => ({
      id: 'G10',
      what: `a field named ${name} is a plain field`,
      send: get('/t', `${name}: polluted\r\n`),
      expect: accepted({ ...plain, fields: { [name.toLowerCase()]: 'polluted' } }),
    }),
  ),
  {
    id: 'G10',
    what: 'a field named __proto__ is dropped for its underscores',
    send: get('/t', '__proto__: polluted\r\n'),
    expect: accepted({ ...plain, fields: { ['__proto__']: undefined } }),
  },
]

const sizes: Case[] = [
  {
    id: 'G11',
    what: 'a hundred fields with the host',
    send: get('/t', 'x: y\r\n'.repeat(99)),
    expect: accepted(plain),
  },
  ...[100, 1000, 100_000].map(
    (count): Case => ({
      id: 'G11',
      what: `${count + 1} fields`,
      send: get('/t', 'x: y\r\n'.repeat(count)),
      expect: refused(431),
    }),
  ),
  {
    id: 'G12',
    what: 'a field of 17 KiB',
    send: get('/t', `X: ${'y'.repeat(17_408)}\r\n`),
    expect: refused(431),
  },
  { id: 'G12', what: 'a target of 17 KiB', send: get(`/${'y'.repeat(17_408)}`), expect: refused(414, 431) },
  { id: 'G12', what: 'a target of 9 KiB', send: get(`/${'y'.repeat(9216)}`), expect: refused(414) },
  {
    id: 'G13',
    what: 'the same empty field 5,000 times',
    send: get('/t', 'X:\r\n'.repeat(5000)),
    expect: refused(431),
  },
]

const beginnings: Case[] = [
  {
    id: 'G14',
    what: 'one empty line first',
    send: `\r\n${get('/t')}`,
    expect: accepted(plain),
    ...important,
  },
  { id: 'G14', what: 'two empty lines first', send: `\r\n\r\n${get('/t')}`, expect: accepted(plain) },
  { id: 'G14', what: '10,000 empty lines', send: '\r\n'.repeat(10_000) + get('/t'), expect: refused(400, 0) },
  ...bytes(
    'G15',
    [
      '\x9c\xfe\x00\x17\x88\xd3binary\x01\x02',
      'SSH-2.0-OpenSSH_9.2\r\n',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      '\r\r\r',
    ],
    400,
    0,
  ),
  ...bytes('G15', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], 400, 505),
]

const splitting: Case[] = ['%0d%0aSet-Cookie:%20a=b', '%0D%0A%0D%0A<html>'].map((text) => ({
  id: 'G16',
  what: `${shown(text)} in a path that a redirect repeats`,
  send: get(`/redirect/${text}`),
  expect: oneOf(answered(301), refused()),
}))

const twins: Case[] = [
  {
    id: 'G07',
    what: 'a folded field in front of a length',
    send: post('X: a\r\n b\r\nContent-Length: 5\r\n', `hello${canary}`),
    expect: refused(),
  },
]

const stage = await openStage()

describe('line endings and header grammar', () => {
  after(() => stage[Symbol.asyncDispose]())
  catalogue(
    () => stage,
    [...lineEnds, ...characters, ...names, ...sizes, ...beginnings, ...splitting, ...twins],
  )
})
