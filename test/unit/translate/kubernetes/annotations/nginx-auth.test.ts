import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readingOf, reasonsOf, told } from './reading.ts'

const url = 'http://auth.shop.svc.cluster.local:4180/oauth2/auth?x=1'

describe('auth-url', () => {
  for (const [text, name, port, tls, host, target] of [
    [url, 'auth.shop.svc.cluster.local', 4180, 'off', 'auth.shop.svc.cluster.local:4180', '/oauth2/auth?x=1'],
    ['http://auth.shop.svc', 'auth.shop.svc', 80, 'off', 'auth.shop.svc', '/'],
    ['https://Login.Example.com/verify', 'login.example.com', 443, 'on', 'login.example.com', '/verify'],
  ] as const) {
    test(`${text} is taken apart`, () => {
      const { nginx, blocked, problems } = readingOf({ 'n:auth-url': text })

      assert.deepEqual([blocked, problems], [undefined, []])
      const { auth } = nginx
      assert.deepEqual([auth?.name, auth?.port, auth?.tls], [name, port, tls])
      assert.deepEqual(
        [auth?.question.host, auth?.question.target, auth?.question.method, auth?.question.told],
        [host, target, 'GET', 'all'],
      )
    })
  }

  for (const [text, why] of [
    ['', /says nothing/],
    ['auth.shop.svc/verify', /is not a URL/],
    ['ftp://auth.shop.svc/', /is not a URL/],
    ['http://user:pass@auth.shop.svc/', /is not a URL|host/],
    ['http://auth.shop.svc:99999/', /port/],
    ['http://auth.shop.svc:0/', /port/],
    ['http://auth/', /one label/],
    ['http://10.0.0.1/verify', /host/],
    ['http://[::1]/verify', /URL|host/],
    ['http://auth.shop.svc/a b', /path/],
    ['http://auth.shop.svc/../b', /path/],
    ['https://$host/oauth2/auth', /variable/],
    ['http://auth.shop.svc/verify?uri=$request_uri', /variable/],
    ['http://auth.shop.svc/x\r\nX-Evil: 1', /path|URL/],
  ] as const) {
    test(`${JSON.stringify(text)} closes the routes`, () => {
      const read = readingOf({ 'n:auth-url': text })

      assert.match(read.blocked ?? '', /auth-url/)
      assert.match(told(read).join('\n'), why)
    })
  }
})

describe('auth-response-headers', () => {
  for (const name of ['x-forwarded-for', 'X-Real-IP', 'x-forwarded-client-cert', 'ssl-client-subject-dn']) {
    test(`${name}, which the gateway alone writes, closes the routes`, () => {
      const read = readingOf({ 'n:auth-url': url, 'n:auth-response-headers': `x-user, ${name}` })

      assert.match(read.blocked ?? '', /auth-response-headers/)
      assert.match(told(read).join('\n'), /whence a client comes/)
    })
  }

  test('may say who the user is', () => {
    const names = [
      'x-forwarded-user',
      'x-forwarded-email',
      'x-auth-request-user',
      'remote-user',
      'x-remote-user',
    ]
    const { nginx, blocked } = readingOf({ 'n:auth-url': url, 'n:auth-response-headers': names.join(',') })

    assert.equal(blocked, undefined)
    assert.deepEqual(nginx.auth?.question.toUpstream, names)
  })
})

describe('what stands beside auth-url', () => {
  test('says how to ask, and what becomes of the answer', () => {
    const { nginx, problems } = readingOf({
      'n:auth-url': url,
      'n:auth-method': 'HEAD',
      'n:auth-response-headers': 'X-User, x-groups',
      'n:auth-signin': 'https://$host/oauth2/start?rd=$escaped_request_uri',
      'n:auth-signin-redirect-param': 'next',
    })

    assert.deepEqual(problems, [])
    const { method, toUpstream, signIn } = nginx.auth?.question ?? {}
    assert.deepEqual([method, toUpstream], ['HEAD', ['x-user', 'x-groups']])
    assert.deepEqual(signIn, {
      url: 'https://{host}/oauth2/start?rd={escapedUri}',
      parameter: 'next',
      status: 302,
    })
  })

  for (const [name, text] of [
    ['auth-response-headers', 'x-user, content-length'],
    ['auth-response-headers', 'x user'],
    ['auth-response-headers', ''],
    ['auth-method', 'CONNECT'],
    ['auth-signin', 'javascript:alert(1)'],
    ['auth-signin', '//evil.test/'],
    ['auth-signin', '/$request_uri'],
    ['auth-signin', 'https://login.test/$remote_user'],
    ['auth-signin', 'https://login.test/{host}'],
    ['auth-signin', 'https://login.test/\r\nx: y'],
  ] as const) {
    test(`${name} ${JSON.stringify(text)} closes the routes`, () => {
      const read = readingOf({ 'n:auth-url': url, [`n:${name}`]: text })

      assert.match(read.blocked ?? '', new RegExp(name))
      assert.deepEqual(reasonsOf(read), [`AnnotationInvalid n:${name}`])
    })
  }

  test('auth-signin alone closes the routes: somebody was to be kept out', () => {
    const read = readingOf({ 'n:auth-signin': 'https://login.test/' })

    assert.match(read.blocked ?? '', /auth-signin has no auth-url/)
    assert.deepEqual(reasonsOf(read), ['AnnotationInvalid n:auth-signin'])
  })

  test('is told when there is nobody to ask', () => {
    const read = readingOf({ 'n:auth-response-headers': 'x-user', 'n:auth-method': 'GET' })

    assert.deepEqual([read.blocked, read.nginx.auth], [undefined, undefined])
    assert.deepEqual(reasonsOf(read), [
      'AnnotationDiffers n:auth-response-headers',
      'AnnotationDiffers n:auth-method',
    ])
  })

  test('is told where it is not obeyed', () => {
    const read = readingOf({
      'n:auth-url': url,
      'n:auth-request-redirect': '/x',
      'n:auth-proxy-set-headers': 'shop/headers',
    })

    assert.equal(read.blocked, undefined)
    assert.deepEqual(reasonsOf(read), [
      'AnnotationUnsupported n:auth-request-redirect',
      'AnnotationUnsupported n:auth-proxy-set-headers',
    ])
  })

  test('a default of the class holds for those that say nothing themselves', () => {
    const { nginx } = readingOf({}, { defaults: { 'n:auth-url': url } })

    assert.equal(nginx.auth?.name, 'auth.shop.svc.cluster.local')
  })
})

describe('auth-cache-key and auth-cache-duration', () => {
  const usual = [200, 202, 401].map((status) => ({ from: status, to: status, holds: 300_000 }))

  for (const [key, parts] of [
    ['$remote_user$http_authorization', [{ kind: 'header', name: 'authorization' }]],
    ['$cookie_session', [{ kind: 'cookie', name: 'session' }]],
    ['${cookie__oauth2_proxy}', [{ kind: 'cookie', name: '_oauth2_proxy' }]],
    ['x-$http_x_api_key:$host', [{ kind: 'header', name: 'x-api-key' }, { kind: 'host' }]],
    [
      '$remote_addr $scheme $request_method $request_uri $uri',
      ['client-ip', 'scheme', 'method', 'uri', 'path'].map((kind) => ({ kind })),
    ],
  ] as const) {
    test(`${key} is a key`, () => {
      const { nginx, problems } = readingOf({ 'n:auth-url': url, 'n:auth-cache-key': key })

      assert.deepEqual(problems, [])
      assert.deepEqual(nginx.auth?.question.cache, { key: parts, lifetimes: usual })
    })
  }

  for (const [name, text, why] of [
    ['auth-cache-key', '$arg_token', /holds "\$arg_token", which is not known here/],
    ['auth-cache-key', '$http_authorization$constructor', /not known here/],
    ['auth-cache-key', '$http_authorization$', /not known here/],
    ['auth-cache-key', 'all', /that of everybody/],
    ['auth-cache-key', '', /says nothing/],
    ['auth-cache-duration', '5', /statuses and a time/],
    ['auth-cache-duration', '200 5m 401', /statuses and a time/],
    ['auth-cache-duration', '200 5m, any 1m', /statuses and a time/],
    ['auth-cache-duration', '200 2d', /longer than a day/],
  ] as const) {
    test(`${name} ${JSON.stringify(text)} is told, and nothing is remembered`, () => {
      const read = readingOf({
        'n:auth-url': url,
        'n:auth-cache-key': '$cookie_session',
        [`n:${name}`]: text,
      })

      assert.deepEqual([read.blocked, read.nginx.auth?.question.cache], [undefined, undefined])
      assert.notEqual(read.nginx.auth, undefined)
      assert.match(told(read).join('\n'), why)
    })
  }

  for (const [text, lifetimes] of [
    [
      '200 202 10m, 401 30s',
      [
        [200, 600_000],
        [202, 600_000],
        [401, 30_000],
      ],
    ],
    [
      '1h',
      [
        [200, 3_600_000],
        [301, 3_600_000],
        [302, 3_600_000],
      ],
    ],
    ['200  500ms', [[200, 500]]],
    ['200 0s', [[200, 0]]],
  ] as const) {
    test(`auth-cache-duration ${text} is taken apart`, () => {
      const { nginx, problems } = readingOf({
        'n:auth-url': url,
        'n:auth-cache-key': '$cookie_session',
        'n:auth-cache-duration': text,
      })

      assert.deepEqual(problems, [])
      assert.deepEqual(
        nginx.auth?.question.cache?.lifetimes.map(({ from, holds }) => [from, holds]),
        lifetimes,
      )
    })
  }

  test('are told where they say nothing', () => {
    const alone = readingOf({ 'n:auth-cache-key': '$cookie_session' })
    const keyless = readingOf({ 'n:auth-url': url, 'n:auth-cache-duration': '200 5m' })

    assert.deepEqual(reasonsOf(alone), ['AnnotationDiffers n:auth-cache-key'])
    assert.deepEqual(reasonsOf(keyless), ['AnnotationDiffers n:auth-cache-duration'])
  })
})

for (const kind of ['forwardAuth', 'extAuthz']) {
  describe(`the filter ${kind} in an annotation of ours`, () => {
    test('is refused, since it would name any cluster, and closes the routes', () => {
      const read = readingOf({ 't:filters': `[{ ${kind}: { to: other/web:80 } }]` })

      assert.notEqual(read.blocked, undefined)
      assert.match(told(read).join('\n'), new RegExp(`${kind}.*names a cluster of the gateway.*auth-url`))
      assert.deepEqual(read.route.filters, [])
    })
  })
}
