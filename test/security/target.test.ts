import { after, describe } from 'node:test'
import { catalogue } from '../support/catalogue.ts'
import {
  type Accepted,
  accepted,
  answered,
  type Case,
  canary,
  type Expectation,
  get,
  oneOf,
  refused,
  shown,
} from '../support/catalogue-case.ts'
import { openStage } from '../support/stage.ts'

// Catalogue 2.4: request line, target, Host. RFC 9112 §3; RFC 9110 §7.1–7.2.

const important = { important: 'yes' } as const
const plain = { method: 'GET', target: '/t' }

function targets(
  id: string,
  list: readonly string[],
  expect: (target: string) => Expectation = () => refused(),
): Case[] {
  return list.map((target) => ({
    id,
    what: `the target ${shown(target)}`,
    send: get(target) + canary,
    expect: expect(target),
  }))
}

function hosts(id: string, list: readonly string[], ...statuses: number[]): Case[] {
  return list.map((host) => ({
    id,
    what: `the host ${shown(host)}`,
    send: `GET /t HTTP/1.1\r\nHost: ${host}\r\n\r\n${canary}`,
    expect: refused(...statuses),
  }))
}

function lines(id: string, list: readonly string[], ...statuses: number[]): Case[] {
  return list.map((line) => ({
    id,
    what: `the request line ${shown(line)}`,
    send: `${line}\r\nHost: a.test\r\n\r\n${canary}`,
    expect: refused(...statuses),
  }))
}

/** The canary behind the request under test is a request of its own then. */
function andCanary(expected: Accepted): Accepted {
  return {
    ...expected,
    requests: [...(expected.requests === 'any' ? [] : expected.requests), { method: 'GET', target: '/smug' }],
    statuses: [...expected.statuses, 200],
  }
}

function routedAs(host: string) {
  return (seen: { outcomes: readonly { host: string }[] }) =>
    seen.outcomes[0]?.host === host ? undefined : `routed as ${seen.outcomes[0]?.host ?? 'nothing'}`
}

const hostCases: Case[] = [
  {
    id: 'T01',
    what: 'no host',
    send: `GET /t HTTP/1.1\r\nX: y\r\n\r\n${canary}`,
    expect: refused(),
    ...important,
  },
  ...hosts('T02', ['', 'a.test\r\nHost: a.test', 'a.test\r\nHost: b.test', 'a.test, b.test']).map((row) => ({
    ...row,
    ...important,
  })),
  ...hosts('T03', [
    'u@a.test',
    'a.test/',
    'a.test/x',
    'a.test?',
    'a.test#',
    'a.test\\',
    'a test',
    'a\ttest',
    'a%2etest',
    'a\xfftest',
    'a.test:99999999',
    'a.test:65536',
    'a.test:abc',
    'a.test:',
    'a.test:80:80',
    '[::1',
    '[::g]',
    'a..b',
    '.',
    '.a.test',
    `${'a'.repeat(60)}.`.repeat(4) + 'a'.repeat(20),
    `${'a'.repeat(64)}.test`,
  ]),
  ...['A.TEST', 'a.test.', 'a.test:443', 'A.Test.:8080'].map(
    (host): Case => ({
      id: 'T04',
      what: `the host ${shown(host)} is routed as a.test`,
      send: `GET /t HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      // What goes upstream as host is policy; here it is as the client wrote it, or normalised.
      expect: { ...accepted({ ...plain, host: 'any' }), check: routedAs('a.test') },
    }),
  ),
  {
    id: 'T05',
    what: 'HTTP/1.0 without a host',
    send: `GET /t HTTP/1.0\r\n\r\n${canary}`,
    expect: oneOf({ ...answered(404), after: 'close' }, refused()),
  },
]

const absolute: Case[] = [
  {
    id: 'T06',
    what: 'an absolute target wins over a host that differs',
    send: 'GET http://b.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n',
    expect: oneOf(accepted({ method: 'GET', target: '/x', host: 'b.test' }), refused()),
    ...important,
  },
  {
    id: 'T06',
    what: 'an absolute target equal to the host',
    send: 'GET http://b.test/x?y HTTP/1.1\r\nHost: b.test\r\n\r\n',
    expect: accepted({ method: 'GET', target: '/x?y', host: 'b.test' }),
    ...important,
  },
  ...targets('T07', [
    'http://u:p@a.test/x',
    'http://u@a.test/x',
    'ftp://a.test/x',
    'https://a.test/x',
    'http:///x',
    'http://a.test?x',
    'http://a.test#f',
    'http://a.test/x#f',
    'http://a.test\\x',
    'http:/a.test/x',
  ]),
]

const forms: Case[] = [
  ...targets('T08', ['b.test:80', 'admin', '@evil/x', '?x', '']).map((row) => ({ ...row, ...important })),
  ...targets('T09', ['*']),
  {
    id: 'T09',
    what: 'OPTIONS * is answered by the gateway',
    send: 'OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n',
    expect: { ...answered([200, 204]), after: 'open' },
  },
  ...lines('T09', ['OPTIONS */x HTTP/1.1', 'OPTIONS ** HTTP/1.1']),
  ...targets('T10', ['//evil/x'], () =>
    oneOf(andCanary(accepted({ method: 'GET', target: '/evil/x' })), refused()),
  ),
  ...targets('T10', ['/\\evil/x', '\\\\evil/x']),
  ...targets('T11', ['/x#f', '/x?y#f', '#']),
  ...targets(
    'T12',
    [
      '\0',
      '\t',
      ...codes(0x01, 0x08),
      '\x0b',
      '\x0c',
      ...codes(0x0e, 0x1f),
      '\x7f',
      '\x80',
      '\xa0',
      '\xc3\xa9',
      '\xff',
    ].map((c) => `/a${c}b`),
  ),
  ...targets('T12', ['/a b', '/a?b c', '/a?b\x01c', '/a?b\x7fc', '/a?b\0']),
]

const encodings: Case[] = [
  ...(
    [
      ['{', '%7B'],
      ['|', '%7C'],
      ['}', '%7D'],
      ['^', '%5E'],
    ] as const
  ).flatMap(([raw, encoded]) =>
    targets('T13', [`/a${raw}b`], () => andCanary(accepted({ method: 'GET', target: `/a${encoded}b` }))),
  ),
  ...['"', '<', '>', '`'].flatMap((raw) =>
    targets('T13', [`/a${raw}b`], () =>
      oneOf(
        andCanary(accepted({ method: 'GET', target: `/a%${raw.charCodeAt(0).toString(16).toUpperCase()}b` })),
        refused(),
      ),
    ),
  ),
  ...targets('T13', ['/a\\b', '/a%5cb', '/a%5Cb']),
  ...targets('T14', [
    '/%zz',
    '/%',
    '/%4',
    '/%4/',
    '/a%00b',
    '/%u002e',
    '/%c0%ae',
    '/%e0%80%ae',
    '/%f0%80%80%ae',
    '/%c0%af',
  ]),
  ...targets('T14', ['/a%0d%0ab'], () =>
    oneOf(andCanary(accepted({ method: 'GET', target: '/a%0D%0Ab' })), refused()),
  ),
  ...targets('T14', ['/a?b=%zz', '/a?%', '/a?b=%c0%ae', '/a?b={|}^`"<>\\', '/a?b=%00'], (target) =>
    andCanary(accepted({ method: 'GET', target })),
  ),
]

const versions: Case[] = [
  ...lines('T15', [
    'GET  /t HTTP/1.1',
    'GET /t  HTTP/1.1',
    'GET\t/t\tHTTP/1.1',
    'GET\t/t HTTP/1.1',
    'GET /t HTTP/1.1 ',
    ' GET /t HTTP/1.1',
  ]).map((row) => ({ ...row, ...important })),
  ...lines(
    'T16',
    [
      'GET /t HTTP/1.2',
      'GET /t HTTP/01.1',
      'GET /t http/1.1',
      'GET /t HTTP/1.1\r',
      'GET /t ICE/1.0',
      'GET /t HTTP/1.10',
      'GET /t HTTP/1,1',
    ],
    400,
    505,
  ),
  ...lines(
    'T17',
    ['GET /t HTTP/2.0', 'GET /t HTTP/0.9', 'GET /t RTSP/1.0', 'GET /t HTTP/3', 'GET /t HTTP/'],
    400,
    505,
  ),
  { id: 'T18', what: 'a line without a version (HTTP/0.9)', send: 'GET /\r\n', expect: refused(400, 0) },
  { id: 'T18', what: 'a line without target and version', send: 'GET\r\n\r\n', expect: refused(400, 0) },
]

function codes(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => String.fromCharCode(from + i))
}

const stage = await openStage()

describe('request line, target and host', () => {
  after(() => stage[Symbol.asyncDispose]())
  catalogue(
    () => stage,
    [
      ...hostCases,
      ...absolute,
      ...forms,
      ...encodings,
      ...versions,
      { id: 'T04', what: 'a plain host', send: get('/t'), expect: accepted(plain) },
    ],
  )
})
