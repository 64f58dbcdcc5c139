import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { H2Client, pseudo } from '../support/h2-client.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { type Field, value } from '../support/message-reader.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { until } from '../support/raw-client.ts'

// Hardening reference §2.10, over a connection through the whole gateway. What is refused never reaches the origin, and what
// is not reaches it as exactly one request.

const stage = await plainGateway()
const { gateway, origin, port } = stage

/** How a request is answered: by a reset, by one of these statuses (or a reset), or by the origin. */
type Verdict = 'reset' | 'refused' | 'passes'

const get = pseudo()
const without = (name: string) => get.filter(([each]) => each !== name)
const replaced = (name: string, text: string): Field[] =>
  get.map(([each, old]) => [each, each === name ? text : old])
const withField = (name: string, text: string): Field[] => [...get, [name, text]]

const heads: readonly (readonly [id: string, name: string, Verdict, readonly Field[]])[] = [
  ['M01', 'an upper-case name', 'reset', withField('X-Upper', '1')],
  ...(
    [
      ['transfer-encoding', 'chunked'],
      ['connection', 'close'],
      ['keep-alive', 'timeout=5'],
      ['proxy-connection', 'close'],
      ['upgrade', 'websocket'],
      ['te', 'gzip'],
    ] as const
  ).map(([name, text]) => ['M01', `${name}: ${text}`, 'reset', withField(name, text)] as const),
  ...['a\rb', 'a\nb', 'a\r\ntransfer-encoding: chunked', 'a\0b', '\x01', ' a', 'a ', '\ta', 'a\t'].map(
    (text) => ['M02', `a value ${JSON.stringify(text)}`, 'reset', withField('x-value', text)] as const,
  ),
  ...['x\r\ny', 'x:y', 'x y', 'x\0', 'x\xe4', ''].map(
    (name) => ['M03', `a name ${JSON.stringify(name)}`, 'reset', withField(name, 'v')] as const,
  ),
  ['M04', 'a name with an underscore, which is dropped', 'passes', withField('x_under', '1')],
  ['M04', '__proto__, which is dropped', 'passes', withField('__proto__', '1')],
  ['M04', 'a twin of a framing name', 'refused', withField('content_length', '5')],
  ['M05', 'a pseudo field behind a regular one', 'reset', [...without(':path'), ['x', 'y'], [':path', '/']]],
  ['M05', 'two :path', 'reset', [...get, [':path', '/b']]],
  ['M05', 'two :authority', 'reset', [...get, [':authority', 'b.test']]],
  ['M05', 'an unknown pseudo field', 'reset', [...get, [':unknown', 'x']]],
  ['M05', ':status', 'reset', [...get, [':status', '200']]],
  ...[':method', ':path', ':scheme'].map((name) => ['M06', `no ${name}`, 'reset', without(name)] as const),
  ['M06', 'no authority and no host', 'refused', without(':authority')],
  ['M06', 'an empty :path', 'reset', replaced(':path', '')],
  ['M06', 'an empty :authority', 'refused', replaced(':authority', '')],
  ['M06', 'host instead of :authority', 'passes', [...without(':authority'), ['host', 'a.test']]],
  ...['hello', 'http://evil/x', '/ HTTP/1.1\r\nx: y', '/a b', '/\0', '/\t', '*'].map(
    (path) => ['M07', `:path ${JSON.stringify(path)}`, 'refused', replaced(':path', path)] as const,
  ),
  ...['/\xe4', '/#x', '/\\'].map(
    (path) => ['M08', `:path ${JSON.stringify(path)}`, 'refused', replaced(':path', path)] as const,
  ),
  ...['G T', 'G\r\nT', ''].map(
    (method) => ['M09', `:method ${JSON.stringify(method)}`, 'reset', replaced(':method', method)] as const,
  ),
  ...['get', 'PRI', 'TRACE', 'BREW'].map(
    (method) => ['M09', `:method ${method}`, 'refused', replaced(':method', method)] as const,
  ),
  ...['http://evil/x?', 'ht tp', 'ftp'].map(
    (scheme) => ['M10', `:scheme ${scheme}`, 'refused', replaced(':scheme', scheme)] as const,
  ),
  ['M10', ':scheme https on a plain port, which is overwritten', 'passes', replaced(':scheme', 'https')],
  ...['a/b', 'a b', 'a\r\nb', 'user@a.test', 'a.test:99999', 'a.test:x'].map(
    (text) => ['M11', `:authority ${JSON.stringify(text)}`, 'refused', replaced(':authority', text)] as const,
  ),
  ['M12', 'host that differs from :authority', 'refused', withField('host', 'b.test')],
  ['M12', 'host that equals :authority', 'passes', withField('host', 'a.test')],
  ['M13', 'two host fields', 'refused', [...without(':authority'), ['host', 'a.test'], ['host', 'a.test']]],
  ['M14', 'content-length and END_STREAM', 'reset', withField('content-length', '5')],
  ...['+3', '0x3', '3, 3', '', '-1'].map(
    (text) =>
      [
        'M14',
        `content-length ${JSON.stringify(text)}`,
        'refused',
        withField('content-length', text),
      ] as const,
  ),
  ['M14', 'two content-length fields', 'refused', [...get, ['content-length', '0'], ['content-length', '0']]],
  ['M17', '3 crumbs', 'passes', [...get, ...crumbs(3)]],
  ['M17', '200 crumbs', 'passes', [...get, ...crumbs(200)]],
  ['M17', '201 crumbs', 'refused', [...get, ...crumbs(201)]],
  ['M18', 'http2-settings, which is stripped', 'passes', withField('http2-settings', 'AAMAAABkAAQAAP__')],
  ['M18', 'another expectation', 'refused', withField('expect', '200-ok')],
  [
    'M19',
    'CONNECT',
    'refused',
    [
      [':method', 'CONNECT'],
      [':authority', 'a.test:443'],
    ],
  ],
  [
    'M19',
    'CONNECT with a path',
    'reset',
    [
      [':method', 'CONNECT'],
      [':scheme', 'http'],
      [':path', '/'],
      [':authority', 'a.test:443'],
    ],
  ],
  ['M19', ':protocol without CONNECT', 'reset', [...get, [':protocol', 'websocket']]],
]

function crumbs(count: number): Field[] {
  return Array.from({ length: count }, (_, i): Field => ['cookie', `c${i}=1`])
}

const post = pseudo('POST')

/** Requests with a body, as lists of what is done with a stream. */
const bodies: readonly (readonly [
  id: string,
  name: string,
  act: (client: H2Client, id: number) => unknown,
])[] = [
  [
    'M14',
    'DATA beyond content-length',
    (c, id) => c.head(id, [...post, ['content-length', '3']], 'open').body(id, 'abcd', 'end'),
  ],
  [
    'M14',
    'DATA short of content-length',
    (c, id) => c.head(id, [...post, ['content-length', '5']], 'open').body(id, 'abcd', 'end'),
  ],
  [
    'M14',
    'DATA with content-length 0',
    (c, id) => c.head(id, [...post, ['content-length', '0']], 'open').body(id, 'a', 'end'),
  ],
  [
    'M15',
    'a pseudo field in trailers',
    (c, id) =>
      c
        .head(id, post, 'open')
        .body(id, 'a', 'open')
        .head(id, [[':path', '/b']], 'end'),
  ],
  [
    'M15',
    'trailers without END_STREAM',
    (c, id) =>
      c
        .head(id, post, 'open')
        .body(id, 'a', 'open')
        .head(id, [['x', 'y']], 'open'),
  ],
  [
    'M15',
    'content-length in trailers',
    (c, id) =>
      c
        .head(id, post, 'open')
        .body(id, 'a', 'open')
        .head(id, [['content-length', '1']], 'end'),
  ],
  [
    'M15',
    'transfer-encoding in trailers',
    (c, id) =>
      c
        .head(id, post, 'open')
        .body(id, 'a', 'open')
        .head(id, [['transfer-encoding', 'chunked']], 'end'),
  ],
  [
    'M16',
    'a line end in trailers',
    (c, id) =>
      c
        .head(id, post, 'open')
        .body(id, 'a', 'open')
        .head(id, [['x', 'a\r\nb']], 'end'),
  ],
]

describe('HTTP/2 requests', () => {
  after(() => stage[Symbol.asyncDispose]())
  beforeEach(() => {
    origin.forget()
    gateway.outcomes.length = 0
  })

  for (const [id, name, verdict, fields] of heads) {
    test(`${id} ${name}: ${verdict}`, async () => {
      using client = await H2Client.connect(port)

      const got = await client.response(client.request(fields))

      if (verdict === 'passes') assert.deepEqual([got.status, got.reset], [200, undefined])
      else if (verdict === 'reset') assert.deepEqual([got.status, got.reset], [0, 'PROTOCOL_ERROR'])
      else
        assert.ok(got.reset === 'PROTOCOL_ERROR' || (got.status >= 400 && got.status < 500), `${got.status}`)
      assert.equal(origin.requests.length, verdict === 'passes' ? 1 : 0)
      assert.equal((await gateway.outcome()).reason === undefined, verdict === 'passes')
      assert.deepEqual(brokenInvariants(origin.connections, origin.requests, gateway.outcomes), [])
      assert.equal((await client.response(client.request(get))).status, 200)
    })
  }

  for (const [id, name, act] of bodies) {
    test(`${id} ${name}: reset, and the request upstream is broken off`, async () => {
      using client = await H2Client.connect(port)
      const stream = client.id()

      act(client, stream)
      const got = await client.response(stream)

      assert.deepEqual([got.status, got.reset], [0, 'PROTOCOL_ERROR'])
      const outcome = await gateway.outcome()
      assert.match(outcome.reason ?? '', /^bad_/)
      await until(
        () => origin.connections.every(({ reader, state }) => state !== 'open' || reader.pending === 0),
        'nothing is half sent',
      )
      assert.ok(origin.requests.every(({ complete }) => !complete))
      assert.deepEqual(brokenInvariants(origin.connections, origin.requests, gateway.outcomes), [])
    })
  }

  test('M16 trailers that were not announced, and host, stay here', async () => {
    using client = await H2Client.connect(port)
    const id = client.id()

    client.head(id, [...post, ['trailer', 'x-sum, host']], 'open').body(id, 'a', 'open')
    client.head(
      id,
      [
        ['x-sum', '1'],
        ['x-other', '2'],
        ['host', 'evil'],
      ],
      'end',
    )

    assert.equal((await client.response(id)).status, 200)
    assert.deepEqual(origin.requests[0]?.trailers, [['x-sum', '1']])
  })

  test('M10 the scheme that is told upstream is that of the connection', async () => {
    using client = await H2Client.connect(port)

    await client.response(client.request(replaced(':scheme', 'https')))

    assert.equal(origin.requests[0] && value(origin.requests[0], 'x-forwarded-proto'), 'http')
  })
})
