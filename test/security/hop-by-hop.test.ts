import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { ask } from '../support/ask.ts'
import { catalogue } from '../support/catalogue.ts'
import {
  accepted,
  answered,
  type Case,
  get,
  oneOf,
  refused,
  type Seen,
  shown,
} from '../support/catalogue-case.ts'
import { problemsOf, startGateway } from '../support/gateway.ts'
import { value, values } from '../support/message-reader.ts'
import { answer } from '../support/origin.ts'
import { openStage } from '../support/stage.ts'

// Catalogue 2.7: hop-by-hop abuse and spoofed headers. RFC 9110 §7.6. That the origin gets exactly our own forwarding
// fields, once each, and nothing hop-by-hop, is an invariant that the driver checks for every case of every file.

const plain = { method: 'GET', target: '/t' }
const important = { important: 'yes' } as const

function gone(id: string, lines: readonly string[]): Case[] {
  return lines.map((line) => {
    const name = line.slice(0, line.indexOf(':')).toLowerCase()
    return {
      id,
      what: `${shown(line)} does not reach the origin`,
      send: get('/t', `${line}\r\n`),
      expect: accepted({ ...plain, fields: { [name]: undefined } }),
    }
  })
}

/** The origin gets its own value of a field that the client tried to choose. */
function replaced(id: string, lines: readonly string[], expected: Readonly<Record<string, string>>): Case[] {
  return lines.map((line) => ({
    id,
    what: `${shown(line)} is replaced`,
    send: get('/t', `${line}\r\n`),
    expect: accepted({ ...plain, fields: expected }),
    ...important,
  }))
}

const ours = { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http', 'x-forwarded-host': 'a.test' }

const nominated: Case[] = [
  ...replaced('H01', ['Connection: close, X-Forwarded-For\r\nX-Forwarded-For: 9.9.9.9'], ours).map((row) => ({
    ...row,
    expect: { ...accepted({ ...plain, fields: ours }), after: 'close' as const },
  })),
  ...replaced(
    'H01',
    ['Connection: X-Forwarded-For, X-Forwarded-Proto, X-Request-Id, X-Forwarded-Host'],
    ours,
  ),
  ...['Host', 'Content-Length', 'Transfer-Encoding', 'Authorization'].map(
    (name): Case => ({
      id: 'H01',
      what: `Connection: ${name}`,
      send: get('/t', `Connection: ${name}\r\nAuthorization: x\r\n`),
      expect: refused(),
    }),
  ),
  {
    id: 'H01',
    what: 'Connection: Cookie',
    send: get('/t', 'Connection: Cookie\r\nCookie: a=b\r\n'),
    expect: oneOf(accepted({ ...plain, fields: { cookie: undefined } }), refused()),
  },
  ...['X-Custom', 'x-custom', 'keep-alive, X-CUSTOM'].map(
    (value): Case => ({
      id: 'H01',
      what: `Connection: ${value} takes the field away`,
      send: get('/t', `X-Custom: secret\r\nConnection: ${value}\r\nX-Other: stays\r\n`),
      expect: accepted({ ...plain, fields: { 'x-custom': undefined, 'x-other': 'stays' } }),
    }),
  ),
]

const spoofed: Case[] = [
  ...gone('H02', [
    'Keep-Alive: timeout=5',
    'Proxy-Connection: keep-alive',
    'TE: gzip',
    'TE: trailers\r\nConnection: TE',
    'Trailer: Expires',
    'Proxy-Authorization: Basic eA==',
    'Proxy-Authenticate: Basic',
  ]),
  ...replaced(
    'H03',
    [
      'X-Forwarded-For: 9.9.9.9',
      'x-forwarded-for: 9.9.9.9\r\nX-FORWARDED-FOR: 8.8.8.8',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: evil.test',
      'X-Forwarded-For: for=_hidden',
      `X-Forwarded-For: ${'1.1.1.1, '.repeat(1000)}1.1.1.1`,
    ],
    ours,
  ),
  ...gone('H03', [
    'X-Forwarded-Prefix: /x',
    'X-Forwarded-Ssl: on',
    'X-Forwarded-Scheme: https',
    'X-Forwarded-Anything: x',
    'Forwarded: for=9.9.9.9;host=evil.test',
    'X-Real-IP: 9.9.9.9',
    'True-Client-IP: 9.9.9.9',
    'CF-Connecting-IP: 9.9.9.9',
    'X-Client-IP: 9.9.9.9',
    'X-Cluster-Client-IP: 9.9.9.9',
  ]),
  {
    id: 'H03',
    what: 'Via says only what we say',
    send: get('/t', 'Via: 1.1 evil\r\n'),
    expect: {
      ...accepted(plain),
      check: ({ requests: [request] }) =>
        (value(request ?? { fields: [] }, 'via') ?? '').includes('evil') ? 'the client chose via' : undefined,
    },
  },
  {
    id: 'H03',
    what: 'X-Forwarded-Port is replaced',
    send: get('/t', 'X-Forwarded-Port: 1\r\n'),
    expect: { ...accepted(plain), check: portIsNot('1') },
  },
  ...gone(
    'H04',
    `internal external-address decorator-operation expected-rq-timeout-ms force-trace max-retries retry-on retry-grpc-on
    upstream-alt-stat-name upstream-rq-timeout-ms upstream-rq-per-try-timeout-ms hedge-on-per-try-timeout
    original-dst-host peer-metadata attempt-count original-path`
      .split(/\s+/)
      .map((name) => `X-Envoy-${name}: 1`),
  ),
  ...gone('H04', [
    'X-Forwarded-Client-Cert: Hash=x',
    'l5d-dst-override: admin.svc:80',
    'L5D-Client-Id: root',
    'X-Original-URL: /admin',
    'X-Rewrite-URL: /admin',
    'X-SSL-Client-Cert: x',
    'X-SSL-Client-Verify: SUCCESS',
    'SSL-Client-Cert: x',
  ]),
  ...['client-id', 'x'.repeat(129), 'a b'].map(
    (id): Case => ({
      id: 'H04',
      what: `X-Request-Id ${shown(id)} is made anew`,
      send: get('/t', `X-Request-Id: ${id}\r\n`),
      expect: { ...accepted(plain), check: requestIdIsNot(id) },
    }),
  ),
  ...gone('H05', [
    'X_Forwarded_For: 9.9.9.9',
    'X_Real_IP: 9.9.9.9',
    'l5d_dst_override: x',
    'X-Forwarded_Proto: https',
  ]),
  {
    id: 'H05',
    what: 'a blank behind the name of X-Forwarded-For',
    send: get('/t', 'x-forwarded-for : 9.9.9.9\r\n'),
    expect: refused(),
  },
  ...replaced(
    'H06',
    [
      'X-Forwarded-Proto: \xe9',
      'X-Forwarded-For: \xff\r\nX-Other: y\r\nX-Forwarded-For: 9.9.9.9',
      'X-Forwarded-Host: \xe9.test',
    ],
    ours,
  ),
  ...['Forwarded: host=b.test', 'X-Forwarded-Host: b.test', 'X-Host: b.test', 'X-Original-Host: b.test'].map(
    (line): Case => ({
      id: 'H07',
      what: `${shown(line)} does not decide the route`,
      send: get('/only-b', `${line}\r\n`),
      expect: accepted({ ...plain, target: '/only-b' }),
    }),
  ),
]

const responses: Case[] = [
  {
    id: 'H08',
    what: 'what the origin lets slip does not reach the client',
    send: get('/t'),
    script: {
      onRequest: () =>
        answer(
          200,
          'x',
          'Server: secret/1.2\r\nl5d-server-id: x\r\nL5D-Proxy-Error: y\r\nX-Envoy-Upstream-Service-Time: 3\r\n',
        ),
    },
    expect: { ...accepted(plain), check: leaks },
  },
  {
    id: 'H09',
    what: 'Accept-Encoding of 4 KB is carried',
    send: get('/t', `Accept-Encoding: ${'gzip, '.repeat(700)}gzip\r\n`),
    expect: accepted({ ...plain, fields: { 'accept-encoding': `${'gzip, '.repeat(700)}gzip` } }),
  },
  {
    id: 'H09',
    what: 'a thousand ranges are carried within the size of a head',
    send: get('/t', `Range: bytes=${Array.from({ length: 1000 }, (_, i) => `${i}-${i}`).join()}\r\n`),
    expect: oneOf(accepted(plain), refused(431)),
  },
  {
    id: 'H10',
    what: 'a redirect repeats the bytes of a path without making a line end of them',
    send: get('/redirect/%E5%98%8D%E5%98%8ASet-Cookie:x=y'),
    expect: oneOf(answered(301), refused()),
  },
]

function portIsNot(port: string) {
  return ({ requests }: Seen) => {
    const sent = value(requests[0] ?? { fields: [] }, 'x-forwarded-port')
    return sent === port ? 'the client chose x-forwarded-port' : undefined
  }
}

function requestIdIsNot(id: string) {
  return ({ requests }: Seen) => {
    const sent = values(requests[0]?.fields ?? [], 'x-request-id')
    return sent.length === 1 && sent[0] !== id ? undefined : `x-request-id ${sent.join(' | ')}`
  }
}

function leaks({ responses: [response] }: Seen): string | undefined {
  const names = response?.fields.map(([name, text]) => `${name}: ${text}`.toLowerCase()) ?? []
  const found = names.filter(
    (line) => line.startsWith('l5d-') || line.startsWith('x-envoy-') || line.includes('secret'),
  )
  return found.length === 0 ? undefined : `the client got ${found.join(', ')}`
}

const stage = await openStage()

describe('hop-by-hop and spoofed fields', () => {
  after(() => stage[Symbol.asyncDispose]())
  catalogue(() => stage, [...nominated, ...spoofed, ...responses])

  for (const text of ['a\r\nb', 'a\nb', 'a\0b', 'a\rb']) {
    test(`H10 a header value ${JSON.stringify(text)} in the configuration is a problem`, () => {
      const problems = problemsOf(withHeader(text))

      assert.match(problems.map((problem) => problem.origin.field + problem.message).join(), /x-a|respond/)
    })
  }

  test('H10 a value whose characters end in the bytes of CR and LF goes out as UTF-8, not as a line end', async () => {
    const text = '\u560d\u560aSet-Cookie: x'
    await using gateway = await startGateway(withHeader(text))

    const { message } = await ask(gateway.port(), get('/'))

    assert.equal(Buffer.from(value(message, 'x-a') ?? '', 'latin1').toString('utf8'), text)
    assert.equal(value(message, 'set-cookie'), undefined)
  })
})

function withHeader(text: string) {
  const filters = [{ respond: { headers: { 'x-a': text } } }]
  return { listeners: [{ name: 'web', address: '127.0.0.1:0' }], routes: [{ hosts: ['a.test'], filters }] }
}
