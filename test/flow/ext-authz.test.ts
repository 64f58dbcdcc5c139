import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { renderMetrics } from '../../src/telemetry/exposition.ts'
import { ask, getRequest, postRequest } from '../support/ask.ts'
import { AuthzServer, type Verdict } from '../support/authz-server.ts'
import { H2Client, pseudo } from '../support/h2-client.ts'
import { bodyText, value, values } from '../support/message-reader.ts'
import { Origin, type OriginRequest } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, until } from '../support/raw-client.ts'

const authz = await AuthzServer.start()
const dead = await Origin.start()
const deadAddress = dead.address
await dead[Symbol.asyncDispose]()
const plain = await Origin.start({ onRequest: () => 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n' })

function guarded(path: string, extAuthz: object = {}, more: object = {}) {
  return { path, to: 'origin', filters: [{ extAuthz: { to: 'authz', ...extAuthz } }], ...more }
}

const h2 = { protocol: 'h2', outlier: { consecutiveFailures: 'none' } }
const p = await plainGateway({
  routes: [
    guarded('/any', { identityHeader: 'x-user', context: { policy: 'shop', é: 'ü' } }),
    guarded('/listed', { upstreamHeaders: ['x-user', 'x-groups'], requestHeaders: ['cookie'] }),
    guarded('/called', { metadata: { authorization: 'Bearer us' } }),
    guarded('/quick', { timeout: '100ms' }),
    guarded('/open', { timeout: '100ms', failure: 'open', upstreamHeaders: ['x-user'] }),
    guarded('/dead', { to: 'dead' }),
    guarded('/dead-open', { to: 'dead', failure: 'open' }),
    guarded('/plain', { to: 'plain', timeout: '200ms' }),
    guarded('/body', { body: { max: '10B', onLarger: 'part' } }),
    guarded('/large', { body: { max: '1MiB', as: 'bytes' } }),
    guarded('/bytes', { body: { max: '1KiB', as: 'bytes' } }),
    { ...guarded('/twice'), filters: [...guarded('/twice').filters, ...guarded('/twice').filters] },
    {
      path: '/limited',
      filters: [
        { extAuthz: { to: 'authz', identityHeader: 'x-user' } },
        { rateLimit: { key: 'identity', rate: '1/h', burst: 0 } },
        { respond: { body: 'behind' } },
      ],
    },
  ],
  clusters: {
    authz: { endpoints: [authz.address], ...h2 },
    dead: { endpoints: [deadAddress], ...h2 },
    plain: { endpoints: [plain.address], ...h2 },
  },
})
const { origin, gateway, port } = p

async function tell(target: string, verdict: Verdict, fields = '') {
  authz.verdict = () => verdict
  const got = await ask(port, getRequest(target, fields))
  const outcome = gateway.outcomes.at(-1)
  return { ...got, reason: outcome?.reason, detail: outcome?.detail ?? '' }
}

/** Lines of the only request that the upstream got, of these names. */
function upstream(...names: readonly string[]) {
  assert.equal(origin.requests.length, 1)
  const [request] = origin.requests as [OriginRequest]
  return Object.fromEntries(names.map((name) => [name, values(request.fields, name)]))
}

const set = (key: string, value: string, how: object = {}) => ({ header: { key, value }, ...how })

describe('extAuthz', () => {
  after(async () => {
    await p[Symbol.asyncDispose]()
    await authz[Symbol.asyncDispose]()
    await plain[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    authz.forget()
    origin.forget()
    gateway.outcomes.length = 0
  })

  test('tells who asks for what', async () => {
    const before = Math.floor(Date.now() / 1000)
    await tell(
      '/any/a%20b?c=d',
      { status: { code: 0 } },
      'Cookie: a=1\r\nCookie: b=2\r\nX-Two: 1\r\nx-two: 2\r\nX-Envoy-Auth-Partial-Body: true\r\nX-Odd: \xff\xc3\xa9\r\n',
    )

    const [check] = authz.seen
    assert.ok(check !== undefined)
    const { http, source, destination } = check
    assert.deepEqual(
      [http.method, http.path, http.host, http.scheme, http.protocol, http.size, http.body],
      ['GET', '/any/a%20b?c=d', 'a.test', 'http', 'HTTP/1.1', -1, ''],
    )
    const { 'x-request-id': id, ...headers } = http.headers
    assert.deepEqual(
      { ...headers, 'x-forwarded-port': '' },
      {
        ':authority': 'a.test',
        ':method': 'GET',
        ':path': '/any/a%20b?c=d',
        ':scheme': 'http',
        cookie: 'a=1; b=2',
        via: '1.1 tidegate',
        'x-two': '1,2',
        'x-odd': '\ufffdé',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'a.test',
        'x-forwarded-port': '',
      },
    )
    assert.deepEqual([http.id, check.metadata.get('x-request-id')], [id, [id]])
    assert.deepEqual(
      [source.address, destination.address, destination.port],
      ['127.0.0.1', '127.0.0.1', port],
    )
    assert.ok(source.port > 0 && check.seconds >= before)
    assert.deepEqual(check.context, { policy: 'shop', é: 'ü' })
  })

  test('tells chosen headers and no others, and metadata of the call', async () => {
    await tell('/listed', {}, 'Cookie: a=1\r\nX-Secret: no\r\n')
    await tell('/called', {})

    const [listed, called] = authz.seen
    assert.deepEqual(Object.keys(listed?.http.headers ?? {}).toSorted(), [
      ':authority',
      ':method',
      ':path',
      ':scheme',
      'cookie',
    ])
    assert.deepEqual(called?.metadata.get('authorization'), ['Bearer us'])
  })

  test('changes the headers of the request as each option says', async () => {
    const headers = [
      set('X-Set', 'a'),
      set('x-set', 'b'),
      set('x-old-append', 'c', { append: { value: true } }),
      set('x-old-set', 'd', { append: { value: false } }),
      set('x-absent', 'e', { append_action: 1 }),
      set('x-not-absent', 'e', { append_action: 1 }),
      set('x-replaced', 'f', { append_action: 2 }),
      set('x-existing', 'g', { append_action: 3 }),
      set('x-not-existing', 'g', { append_action: 3 }),
      { header: { key: 'x-raw', raw_value: Buffer.from('h\xff', 'latin1') } },
    ]
    const names = ['x-set', 'x-old-append', 'x-old-set', 'x-not-absent', 'x-replaced', 'x-existing']
    await tell(
      '/any',
      { ok_response: { headers, headers_to_remove: ['X-Gone', 'host', ':path', 'content-length'] } },
      `${names.map((name) => `${name}: client\r\n`).join('')}x-gone: 1\r\n`,
    )

    assert.deepEqual(upstream(...names, 'x-absent', 'x-not-existing', 'x-raw', 'x-gone', 'host'), {
      'x-set': ['a', 'b'],
      'x-old-append': ['client', 'c'],
      'x-old-set': ['d'],
      'x-not-absent': ['client'],
      'x-replaced': ['f'],
      'x-existing': ['g'],
      'x-absent': ['e'],
      'x-not-existing': [],
      'x-raw': ['h\xff'],
      'x-gone': [],
      host: ['a.test'],
    })
  })

  for (const name of [
    'host',
    'content-length',
    'transfer-encoding',
    'connection',
    'te',
    ':path',
    'upgrade',
  ]) {
    test(`never lets the server write ${name}`, async () => {
      const { status } = await tell('/any', { ok_response: { headers: [set(name, 'chunked')] } })

      assert.deepEqual([status, origin.requests[0]?.target], [200, '/any'])
      assert.deepEqual(values(origin.requests[0]?.fields ?? [], name), name === 'host' ? ['a.test'] : [])
    })
  }

  test('never lets the server say whence a request comes, only who asks', async () => {
    const names = [
      'x-forwarded-for',
      'x-real-ip',
      'ssl-client-subject-dn',
      'x-forwarded-user',
      'x-remote-user',
    ]
    await tell('/any', {
      ok_response: {
        headers: names.map((name) => set(name, 'said')),
        headers_to_remove: ['x-forwarded-for'],
      },
    })

    assert.deepEqual(upstream(...names), {
      'x-forwarded-for': ['127.0.0.1'],
      'x-real-ip': [],
      'ssl-client-subject-dn': [],
      'x-forwarded-user': ['said'],
      'x-remote-user': ['said'],
    })
  })

  test('sets listed headers and no others, which no client can', async () => {
    const ok_response = {
      headers: [set('x-user', 'ann', { append: { value: true } }), set('x-other', 'no')],
    }
    await tell('/listed', { ok_response }, 'X-User: root\r\nX-Groups: wheel\r\nX-Other: mine\r\n')

    assert.deepEqual(upstream('x-user', 'x-groups', 'x-other'), {
      'x-user': ['ann'],
      'x-groups': [],
      'x-other': ['mine'],
    })
  })

  test('knows who asks by what the server says, and never by what the client says', async () => {
    const ann = { ok_response: { headers: [set('x-user', 'ann')] } }
    const first = await tell('/limited', ann)
    const second = await tell('/limited', ann)
    const other = await tell('/limited', { ok_response: { headers: [set('x-user', 'bob')] } })
    const forged = await tell('/limited', {}, 'X-User: bob\r\n')

    assert.deepEqual([first.status, second.status, other.status, forged.status], [200, 429, 200, 200])
    await tell('/any', {}, 'X-User: root\r\n')
    assert.deepEqual(upstream('x-user'), { 'x-user': [] })
  })

  test('changes the query of the upstream alone', async () => {
    const ok_response = {
      query_parameters_to_set: [
        { key: 'a', value: 'new' },
        { key: 'é&', value: '= #' },
      ],
      query_parameters_to_remove: ['gone', 'b c'],
    }
    await tell('/any/x?a=1&keep=%2F&gone=1&b+c=2&b%20c=3&a=2', { ok_response })

    assert.equal(origin.requests[0]?.target, '/any/x?keep=%2F&a=new&%C3%A9%26=%3D%20%23')
  })

  test('takes the whole query away, or puts one where there was none', async () => {
    await tell('/any?a=1', { ok_response: { query_parameters_to_remove: ['a'] } })
    await tell('/any', { ok_response: { query_parameters_to_set: [{ key: 'a', value: '1' }] } })

    assert.deepEqual(
      origin.requests.map(({ target }) => target),
      ['/any', '/any?a=1'],
    )
  })

  test('changes what another one has put into the query', async () => {
    let asked = 0
    authz.verdict = () => ({
      ok_response:
        ++asked === 1
          ? { query_parameters_to_set: [{ key: 'secret', value: '1' }] }
          : { query_parameters_to_remove: ['secret'] },
    })
    await ask(port, getRequest('/twice?a=1'))

    assert.deepEqual([asked, origin.requests[0]?.target], [2, '/twice?a=1'])
  })

  test('changes headers of the response, of this client alone', async () => {
    const response_headers_to_add = [
      set('set-cookie', 'a=1'),
      set('set-cookie', 'b=2'),
      set('content-length', '99'),
      set('content-type', 'text/new', { append_action: 2 }),
    ]
    using client = await RawClient.connect(port)
    authz.verdict = () => ({ ok_response: { response_headers_to_add } })
    const first = await client.send(getRequest('/any')).response(0)
    authz.verdict = () => ({})
    const second = await client.send(getRequest('/any')).response(1)

    assert.deepEqual(
      [values(first.fields, 'set-cookie'), values(first.fields, 'content-type'), bodyText(first)],
      [['a=1', 'b=2'], ['text/new'], 'origin'],
    )
    assert.deepEqual(values(second.fields, 'set-cookie'), [])
  })

  for (const [what, verdict, status, reason] of [
    ['a code alone', { status: { code: 7 } }, 403, 'forbidden'],
    ['a negative code', { status: { code: -1 } }, 403, 'forbidden'],
    ['a code with an ok_response', { status: { code: 16 }, ok_response: {} }, 403, 'forbidden'],
    ['401', { status: { code: 16 }, denied_response: { status: { code: 401 } } }, 401, 'unauthorized'],
    ['a redirect', { status: { code: 7 }, denied_response: { status: { code: 302 } } }, 302, 'unauthorized'],
    ['429', { status: { code: 8 }, denied_response: { status: { code: 429 } } }, 429, 'forbidden'],
    ['no status', { status: { code: 7 }, denied_response: { body: 'no' } }, 403, 'forbidden'],
  ] as const) {
    test(`denies with ${what}`, async () => {
      const got = await tell('/any', verdict)

      assert.deepEqual([got.status, got.reason, origin.requests.length], [status, reason, 0])
    })
  }

  test('gives headers and body of a denial to the client', async () => {
    const headers = [
      set('Location', '/login'),
      set('set-cookie', 'a=1'),
      set('set-cookie', 'b=2'),
      set('content-type', 'application/json'),
      set('content-length', '5'),
      set('content-encoding', 'gzip'),
      set('connection', 'close'),
    ]
    const { message, body } = await tell('/any', {
      status: { code: 7 },
      denied_response: { headers, body: '{"why":"é"}', status: { code: 403 } },
    })

    assert.deepEqual(
      ['location', 'content-type', 'content-encoding', 'connection'].map((name) => value(message, name)),
      ['/login', 'application/json', undefined, undefined],
    )
    assert.deepEqual(values(message.fields, 'set-cookie'), ['a=1', 'b=2'])
    assert.equal(Buffer.from(body, 'latin1').toString('utf8'), '{"why":"é"}')
  })

  for (const [what, verdict, detail] of [
    ['an error of gRPC', { code: 14 }, /grpc-status 14/],
    ['a message that is none', Buffer.from('nonsense'), /no CheckResponse/],
    ['half a message', Buffer.from([0x0a, 0x05, 0x08]), /ends too early/],
    ['an error_response', { status: { code: 7 }, error_response: {} }, /error_response/],
    ['OK and a denial at once', { denied_response: { status: { code: 403 } } }, /denies with the status OK/],
    [
      'a status that does not exist',
      { status: { code: 7 }, denied_response: { status: { code: 99 } } },
      /99/,
    ],
    [
      'a header that breaks the line',
      { ok_response: { headers: [set('x-a', 'b\r\nx-c: d')] } },
      /no such value/,
    ],
    ['a header without a name', { ok_response: { headers: [set('', 'b')] } }, /no such name/],
    ['a name with a space', { ok_response: { headers: [set('a b', 'b')] } }, /no such name/],
    [
      'an unknown action',
      { ok_response: { headers: [set('x-a', 'b', { append_action: 9 })] } },
      /append_action 9/,
    ],
    [
      'too many headers',
      { ok_response: { headers: Array.from({ length: 201 }, () => set('x-a', 'b')) } },
      /200/,
    ],
    ['too large a message', { ok_response: { headers: [set('x-a', 'b'.repeat(300_000))] } }, /262144/],
  ] as const) {
    test(`is closed on ${what}`, async () => {
      const got = await tell('/any', verdict)

      assert.deepEqual([got.status, got.reason, origin.requests.length], [503, 'auth_unavailable', 0])
      assert.match(got.detail, detail)
      assert.doesNotMatch(got.body, /authz/)
    })
  }

  for (const [path, why] of [
    ['/quick', /within 100 ms|grpc-status 4/],
    ['/dead', /upstream_connect/],
    ['/plain', /cluster "plain"/],
  ] as const) {
    test(`is closed when there is no answer: ${path}`, async () => {
      const got = await tell(path, 'nothing')

      assert.deepEqual([got.status, got.reason], [503, 'auth_unavailable'])
      assert.match(got.detail, why)
    })
  }

  for (const path of ['/open', '/dead-open']) {
    test(`is open when there is no answer and it is meant to be: ${path}`, async () => {
      const got = await tell(path, 'nothing', 'X-User: root\r\n')

      assert.equal(got.status, 200)
      assert.deepEqual(upstream('x-user'), { 'x-user': path === '/open' ? [] : ['root'] })
    })
  }

  test('is open on errors, and never on denials', async () => {
    const failed = await tell('/open', { code: 13 })
    const denied = await tell('/open', { status: { code: 7 } })

    assert.deepEqual([failed.status, denied.status], [200, 403])
    const text = await renderMetrics(gateway.metrics.snapshot())
    assert.match(text, /^tidegate_auth_verdicts_total\{cluster="authz",verdict="passed"\} [1-9]/m)
  })

  for (const [what, denied_response] of [
    ['a status that it cannot give', { status: { code: 204 } }],
    ['a header that breaks the line', { headers: [set('location', '/a\r\nx-b: c')] }],
    ['more than is read', { body: 'x'.repeat(300_000) }],
  ] as const) {
    test(`is closed on a denial with ${what}, though errors let pass`, async () => {
      const got = await tell('/open', { status: { code: 7 }, denied_response })

      assert.deepEqual([got.status, got.reason, origin.requests.length], [503, 'auth_unavailable', 0])
    })
  }

  test('is closed on a denial with the status OK, though errors let pass', async () => {
    const got = await tell('/open', { status: { code: 0 }, denied_response: { status: { code: 403 } } })

    assert.deepEqual([got.status, origin.requests.length], [503, 0])
  })

  test('sends the body as text or bytes, and says whether it is whole', async () => {
    const requests = [
      postRequest('/body', 'hello'),
      postRequest('/body', '012345678\xff9'),
      postRequest('/bytes', 'a\xff'),
    ]
    authz.verdict = () => ({})
    for (const request of requests) await ask(port, request)

    assert.deepEqual(
      authz.seen.map(({ http }) => [
        http.body,
        Buffer.from(http.raw_body).toString('latin1'),
        http.size,
        http.headers['x-envoy-auth-partial-body'],
      ]),
      [
        ['hello', '', 5, 'false'],
        ['012345678\ufffd', '', -1, 'true'],
        ['', 'a\xff', 2, 'false'],
      ],
    )
    assert.deepEqual(origin.requests.map(bodyText), ['hello', '012345678\xff9', 'a\xff'])
  })

  test('sends a body that is larger than the windows of HTTP/2', async () => {
    const body = Array.from({ length: 100_000 }, (_, i) => String(i).padStart(9, '.')).join('')
    authz.verdict = () => ({})
    const { status } = await ask(port, postRequest('/large', body))

    assert.equal(Buffer.from(authz.seen[0]?.http.raw_body ?? []).toString('latin1'), body)
    assert.deepEqual([status, origin.requests[0]?.bytes], [200, body.length])
  })

  test('keeps one connection for all questions', async () => {
    authz.verdict = () => ({})
    await Promise.all(Array.from({ length: 20 }, () => ask(port, getRequest('/any'))))

    const cluster = gateway.gateway.registry.cluster('authz')
    assert.deepEqual([authz.seen.length, cluster?.activeRequests], [20, 0])
  })

  test('ends the call when its client has gone', async () => {
    authz.verdict = () => 'nothing'
    const client = await RawClient.connect(port)
    client.send(getRequest('/any'))
    await until(() => authz.seen.length === 1, 'the question has come')
    client.reset()

    assert.equal((await gateway.outcome()).reason, 'client_closed')
    await until(() => gateway.gateway.registry.cluster('authz')?.activeRequests === 0, 'nothing is held')
  })

  test('denies a call of gRPC in its own words', async () => {
    authz.verdict = () => ({ status: { code: 7 } })
    using client = await H2Client.connect(port)
    const call = client.request(
      [...pseudo('POST', '/any'), ['content-type', 'application/grpc']],
      Buffer.alloc(5),
    )
    const { status, fields } = await client.response(call)

    assert.deepEqual([status, values(fields, 'grpc-status')], [200, ['7']])
    assert.equal(authz.seen[0]?.http.protocol, 'HTTP/2')
  })
})
