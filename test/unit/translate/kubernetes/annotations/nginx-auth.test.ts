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
      'n:auth-cache-key': '$cookie_session',
      'n:auth-request-redirect': '/x',
      'n:auth-proxy-set-headers': 'shop/headers',
    })

    assert.equal(read.blocked, undefined)
    assert.deepEqual(reasonsOf(read), [
      'AnnotationUnsupported n:auth-cache-key',
      'AnnotationUnsupported n:auth-request-redirect',
      'AnnotationUnsupported n:auth-proxy-set-headers',
    ])
  })

  test('a default of the class holds for those that say nothing themselves', () => {
    const { nginx } = readingOf({}, { defaults: { 'n:auth-url': url } })

    assert.equal(nginx.auth?.name, 'auth.shop.svc.cluster.local')
  })
})

describe('the filter forwardAuth in an annotation of ours', () => {
  test('is refused, since it would name any cluster, and closes the routes', () => {
    const read = readingOf({ 't:filters': '[{ forwardAuth: { to: other/web:80 } }]' })

    assert.notEqual(read.blocked, undefined)
    assert.match(told(read).join('\n'), /names a cluster of the gateway.*auth-url/)
    assert.deepEqual(read.route.filters, [])
  })
})
