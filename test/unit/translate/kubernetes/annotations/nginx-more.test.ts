import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { partOf, readingOf, reasonsOf, told } from './reading.ts'

type Row = readonly [
  what: string,
  annotations: Readonly<Record<string, string>>,
  path: string,
  value: unknown,
]

const rows: readonly Row[] = [
  ['app-root', { 'n:app-root': '/shop' }, 'nginx.appRoot', '/shop'],
  ['upstream-vhost', { 'n:upstream-vhost': 'Shop.internal' }, 'cluster.shape.host', 'shop.internal'],
  ['service-upstream', { 'n:service-upstream': 'true' }, 'cluster.serviceUpstream', 'on'],
  ['proxy-request-buffering: off', { 'n:proxy-request-buffering': 'off' }, 'route.body.buffer', 0],
  ['load-balance', { 'n:load-balance': 'ewma' }, 'cluster.shape.balance.kind', 'ewma'],
  [
    'load-balance: round_robin',
    { 'n:load-balance': 'round_robin' },
    'cluster.shape.balance.kind',
    'round-robin',
  ],
  [
    'upstream-hash-by an address',
    { 'n:upstream-hash-by': '$binary_remote_addr' },
    'cluster.shape.balance.key.kind',
    'client-address',
  ],
  [
    'upstream-hash-by a header',
    { 'n:upstream-hash-by': '$http_x_user_id' },
    'cluster.shape.balance.key.name',
    'x-user-id',
  ],
  [
    'upstream-hash-by a cookie',
    { 'n:upstream-hash-by': '${cookie_sid}' },
    'cluster.shape.balance.key.name',
    'sid',
  ],
  [
    'proxy-next-upstream',
    { 'n:proxy-next-upstream': 'error http_502 http_503' },
    'route.retry.on',
    ['connect', 'reset', 'status'],
  ],
  [
    'proxy-next-upstream by status',
    { 'n:proxy-next-upstream': 'http_502 http_429' },
    'route.retry.statuses',
    [502, 429],
  ],
  [
    'proxy-next-upstream for every method',
    { 'n:proxy-next-upstream': 'error non_idempotent' },
    'route.retry.methods.5',
    'POST',
  ],
  ['proxy-next-upstream: off', { 'n:proxy-next-upstream': 'off' }, 'route.retry.on', []],
  ['proxy-next-upstream-tries', { 'n:proxy-next-upstream-tries': '3' }, 'route.retry.attempts', 2],
  ['proxy-next-upstream-tries: 1', { 'n:proxy-next-upstream-tries': '1' }, 'route.retry.on', []],
  ['proxy-next-upstream-tries: 0', { 'n:proxy-next-upstream-tries': '0' }, 'route.retry.attempts', 10],
  ['proxy-ssl-name', { 'n:proxy-ssl-name': 'api.test' }, 'cluster.tlsWhenAsked.serverName', 'api.test'],
  ['proxy-ssl-name alone', { 'n:proxy-ssl-name': 'api.test' }, 'cluster.tls', undefined],
  [
    'proxy-ssl-secret',
    { 'n:proxy-ssl-secret': 'shop/edge' },
    'cluster.tlsWhenAsked.certificateSecret',
    'edge',
  ],
  [
    'proxy-ssl-secret of authorities',
    { 'n:proxy-ssl-secret': 'edge' },
    'cluster.tlsWhenAsked.caSecret',
    'edge',
  ],
  [
    'proxy-ssl-ciphers',
    { 'n:proxy-ssl-ciphers': 'ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256' },
    'cluster.tlsWhenAsked.ciphers.1',
    'TLS_AES_128_GCM_SHA256',
  ],
  [
    'proxy-ssl-protocols',
    { 'n:proxy-ssl-protocols': 'TLSv1.3' },
    'cluster.tlsWhenAsked.minVersion',
    'TLSv1.3',
  ],
  ['server-alias', { 'n:server-alias': 'a.test, *.B.test' }, 'nginx.aliases', ['a.test', '*.b.test']],
  [
    'x-forwarded-prefix',
    { 'n:x-forwarded-prefix': '/shop' },
    'route.filters.0.edit.set.0',
    ['x-forwarded-prefix', '/shop'],
  ],
  [
    'permanent-redirect',
    { 'n:permanent-redirect': 'https://new.test/a' },
    'route.filters.0.redirect.status',
    301,
  ],
  [
    'permanent-redirect-code',
    { 'n:permanent-redirect': 'https://new.test', 'n:permanent-redirect-code': '308' },
    'route.filters.0.redirect.status',
    308,
  ],
  [
    'temporal-redirect before the permanent one',
    { 'n:permanent-redirect': 'https://a.test', 'n:temporal-redirect': 'http://b.test:8080/x' },
    'route.filters.0.redirect',
    {
      status: 302,
      scheme: 'http',
      host: 'b.test',
      port: 8080,
      path: { kind: 'full', value: '/x' },
      query: 'drop',
    },
  ],
  [
    'a redirect that keeps path and query',
    { 'n:permanent-redirect': 'https://new.test$request_uri' },
    'route.filters.0.redirect',
    { status: 301, scheme: 'https', host: 'new.test', port: undefined, path: undefined, query: 'keep' },
  ],
]

describe('further annotations of ingress-nginx', () => {
  for (const [what, annotations, path, value] of rows) {
    test(what, () => {
      const read = readingOf(annotations)

      assert.deepEqual(partOf(read, path), value)
      assert.deepEqual(read.problems, [])
    })
  }

  for (const [name, value] of [
    ['upstream-hash-by', '$request_uri'],
    ['upstream-hash-by', '$remote_addr$request_uri'],
    ['proxy-ssl-secret', 'other/edge'],
    ['proxy-ssl-ciphers', 'HIGH:!aNULL'],
    ['proxy-ssl-protocols', 'TLSv1.1'],
    ['server-alias', '~^www\\d+'],
    ['server-alias', '*'],
    ['app-root', 'shop'],
    ['app-root', '//evil.test/'],
    ['upstream-vhost', '$host'],
    ['permanent-redirect', '/relative'],
    ['permanent-redirect', 'https://a.test/?x=y'],
    ['permanent-redirect', 'https://a.test/\r\nset-cookie: a=b'],
    ['permanent-redirect', 'https://user@a.test/'],
    ['permanent-redirect-code', '300'],
    ['x-forwarded-prefix', '/$1'],
    ['proxy-next-upstream', 'error http_200'],
    ['session-cookie-path', '/; domain=test'],
  ] as const) {
    test(`${name}: ${JSON.stringify(value)} is refused, and nothing of it taken`, () => {
      const read = readingOf({ [`n:${name}`]: value })

      assert.equal(reasonsOf(read)[0], `AnnotationInvalid n:${name}`)
      assert.deepEqual(read.route, readingOf({}).route)
      assert.deepEqual(read.cluster, readingOf({}).cluster)
      assert.deepEqual(read.nginx, readingOf({}).nginx)
    })
  }

  test('verify and trust by one Secret only when verifying is asked for', () => {
    const on = { compat: 'ingress-nginx' } as const
    const loose = readingOf({ 'n:backend-protocol': 'HTTPS', 'n:proxy-ssl-secret': 'edge' }, on)
    const strict = readingOf({ 'n:proxy-ssl-verify': 'on', 'n:proxy-ssl-secret': 'edge' }, on)

    assert.deepEqual(
      [loose.cluster.tlsWhenAsked.verify, loose.cluster.tlsWhenAsked.caSecret],
      ['off', undefined],
    )
    assert.deepEqual(
      [strict.cluster.tlsWhenAsked.verify, strict.cluster.tlsWhenAsked.caSecret],
      ['on', 'edge'],
    )
  })

  test('verify in our words whatever the compatibility', () => {
    const read = readingOf({ 't:backend-protocol': 'https' }, { compat: 'ingress-nginx' })

    assert.equal(partOf(read, 'cluster.tls.verify'), 'on')
  })

  test('put redirects behind the filters of ours, which win', () => {
    const { filters } = readingOf({
      'n:permanent-redirect': 'https://a.test',
      'n:x-forwarded-prefix': '/old',
      't:filters':
        '[{ requestHeaders: { set: { x-forwarded-prefix: /new } } }, { respond: { status: 404 } }]',
    }).route

    assert.deepEqual(
      filters.map(({ kind }) => kind),
      ['requestHeaders', 'requestHeaders', 'respond', 'redirect'],
    )
  })

  test('hide requests from the log where ingress-nginx lets them, or the operator', () => {
    const annotations = { 'n:enable-access-log': 'false' }

    assert.equal(readingOf(annotations, { compat: 'ingress-nginx' }).route.accessLog.enabled, 'off')
    assert.equal(readingOf(annotations, { optIn: ['access-log'] }).route.accessLog.enabled, 'off')
    assert.deepEqual(reasonsOf(readingOf(annotations)), ['AnnotationRefused n:enable-access-log'])
    assert.equal(readingOf(annotations).route.accessLog.enabled, 'on')
  })

  test('tell of buffering of requests, which is not done', () => {
    assert.match(
      told(readingOf({ 'n:proxy-request-buffering': 'on' }))[0] ?? '',
      /bodies of requests are streamed.*body.buffer/,
    )
  })

  test('take the newer of two names for one list', () => {
    const read = readingOf({
      'n:whitelist-source-range': '10.0.0.0/8',
      'n:allowlist-source-range': '192.0.2.0/24',
    })

    assert.deepEqual(read.nginx.allowClients, ['192.0.2.0/24'])
    assert.deepEqual(reasonsOf(read), ['AnnotationDiffers n:whitelist-source-range'])
  })

  test('replace the list of the class whole, under either name', () => {
    const defaults = { 'n:allowlist-source-range': '10.0.0.0/8' }

    assert.deepEqual(
      readingOf({ 'n:whitelist-source-range': '192.0.2.0/24' }, { defaults }).nginx.allowClients,
      ['192.0.2.0/24'],
    )
    assert.deepEqual(readingOf({}, { defaults }).nginx.allowClients, ['10.0.0.0/8'])
  })
})

describe('a canary', () => {
  const canary = { 'n:canary': 'true', 'n:canary-weight': '10' }

  test('ignores and tells what the Ingress decides that it is a canary of', () => {
    const read = readingOf({ ...canary, 'n:proxy-body-size': '8m', 'n:auth-url': 'http://a.test' })

    assert.deepEqual(reasonsOf(read), [
      'AnnotationUnsupported n:proxy-body-size',
      'AnnotationUnsupported n:auth-url',
    ])
    assert.equal(read.route.body.limit, 'listener')
    assert.equal(read.blocked, undefined)
  })

  test('keeps balancing and affinity', () => {
    const read = readingOf({
      ...canary,
      'n:load-balance': 'ewma',
      'n:affinity': 'cookie',
      'n:session-cookie-name': 'c',
    })

    assert.deepEqual(read.problems, [])
    assert.equal(partOf(read, 'cluster.shape.sticky.name'), 'c')
  })

  test('still hears annotations of ours', () => {
    assert.equal(readingOf({ ...canary, 't:backend-protocol': 'h2c' }).cluster.protocol, 'h2')
  })

  test('does not decide by a header whose value cannot be compared', () => {
    const read = readingOf({ ...canary, 'n:canary-by-header': 'x', 'n:canary-by-header-value': 'a\nb' })

    assert.equal(read.nginx.canary?.header, undefined)
  })

  test('does not decide by a header whose pattern cannot be used', () => {
    const read = readingOf({ ...canary, 'n:canary-by-header': 'x', 'n:canary-by-header-pattern': '(' })

    assert.equal(read.nginx.canary?.header, undefined)
  })

  for (const text of ['True', ' TRUE ', '1', 't', 'yes']) {
    test(`that is marked with ${JSON.stringify(text)} takes nothing, and is told so`, () => {
      const read = readingOf({ ...canary, 'n:canary': text, 'n:rewrite-target': '/$1' })

      const nothing = { weight: 0, total: 100, header: undefined, cookie: undefined }
      assert.deepEqual(read.nginx.canary, nothing)
      assert.equal(read.nginx.regex, 'off')
      assert.deepEqual(reasonsOf(read), [
        'AnnotationInvalid n:canary',
        'AnnotationUnsupported n:rewrite-target',
      ])
    })
  }

  for (const text of ['false', 'False', '0', '']) {
    test(`is none that is marked with ${JSON.stringify(text)}`, () => {
      assert.equal(readingOf({ 'n:canary': text }).nginx.canary, undefined)
    })
  }
})

describe('satisfy', () => {
  const annotations = {
    'n:auth-type': 'basic',
    'n:auth-secret': 'users',
    'n:whitelist-source-range': '10.0.0.0/8',
  }

  test('"all" is what is done anyway', () => {
    const read = readingOf({ ...annotations, 'n:satisfy': 'all' })

    assert.equal(read.blocked, undefined)
    assert.deepEqual(read.problems, [])
  })

  for (const text of ['any', 'ANY', 'al']) {
    test(`${JSON.stringify(text)} closes the routes`, () => {
      assert.match(readingOf({ ...annotations, 'n:satisfy': text }).blocked ?? '', /satisfy is not obeyed/)
    })
  }
})
