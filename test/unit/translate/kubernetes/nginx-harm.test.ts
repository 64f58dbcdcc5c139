import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  annotated,
  ingress,
  router,
  service,
  told,
  translated,
} from '../../../support/kubernetes/translation.ts'

// What annotations of one Ingress must not do to the routes of another one.

const compat = { compat: 'ingress-nginx', tlsRedirect: 'off' } as const
const services = service('web') + service('api') + service('next')

describe('a canary that is not written "true"', () => {
  test('takes nothing from the Ingress that it is younger or older than', () => {
    const part = annotated('a', 'a.test', { '/': 'next' }, { canary: 'True', 'canary-weight': '100' })
    const main = ingress('b', 'a.test', { '/': 'web' })

    const pieces = translated(part + main + services, compat)

    assert.equal(router(pieces)('a.test/'), 'default/web:80')
    assert.equal(told(pieces).length, 1)
    assert.match(told(pieces).join(), /^AnnotationInvalid .*canary is not written "true"/)
  })
})

describe('server-alias', () => {
  const aliased = (paths: Readonly<Record<string, string>>, name = 'a') =>
    annotated(name, 'a.test', paths, { 'server-alias': 'b.test, c.test', 'use-regex': 'true' })

  for (const hostOwnership of ['namespace', 'object'] as const) {
    test(`takes nothing of a host that has rules, by ${hostOwnership}, and is told so`, () => {
      const yaml = aliased({ '/': 'api', '/admin': 'next' }) + ingress('b', 'b.test', { '/': 'web' })

      const pieces = translated(yaml + services, { ...compat, hostOwnership })

      const route = router(pieces)
      assert.deepEqual(
        ['b.test/', 'b.test/admin', 'c.test/', 'c.test/adminx'].map((place) => route(place)),
        ['default/web:80', 'default/web:80', 'default/api:80', 'default/next:80'],
      )
      assert.equal(told(pieces).length, 1)
      assert.match(
        told(pieces).join(),
        /^HostTaken .*default\/a .*alias "b.test" is left out: Ingress "default\/b" has rules/,
      )
    })
  }

  test('takes nothing from another namespace either, where hosts belong to nobody', () => {
    const yaml = aliased({ '/': 'api' }) + ingress('shop/b', 'b.test', { '/': 'web' }) + service('shop/web')

    const pieces = translated(yaml + services, { ...compat, hostOwnership: 'object' })

    assert.equal(router(pieces)('b.test/'), 'shop/web:80')
  })

  test('adds nothing to a host that the Ingress has rules for', () => {
    const backend = '{ service: { name: web, port: { number: 80 } } }'
    const rule = `    - { host: b.test, http: { paths: [{ path: /x, pathType: Prefix, backend: ${backend} }] } }\n`

    const pieces = translated(aliased({ '/y': 'api' }) + rule + services, compat)

    assert.deepEqual(
      ['b.test/x', 'b.test/y', 'a.test/y', 'c.test/y'].map((place) => router(pieces)(place)),
      ['default/web:80', 'no_route_path', 'default/api:80', 'default/api:80'],
    )
  })

  test('holds for a host that only a canary has besides', () => {
    const canary = annotated('canary', 'b.test', { '/': 'next' }, { canary: 'true', 'canary-weight': '100' })

    const pieces = translated(aliased({ '/': 'api' }) + canary + services, compat)

    assert.equal(router(pieces)('b.test/'), 'default/next:80')
  })
})

describe('app-root', () => {
  const rooted = (paths: Readonly<Record<string, string>>, more = {}) =>
    annotated('a', 'a.test', paths, { 'app-root': '/start', ...more })

  for (const [what, other] of [
    ['a path', ingress('b', 'a.test', { '/': 'web' })],
    ['a regular expression', annotated('b', 'a.test', { '/()(.*)': 'web' }, { 'use-regex': 'true' })],
  ] as const) {
    test(`takes no requests for / from ${what} of another Ingress, and is told so`, () => {
      const pieces = translated(rooted({ '/api': 'api' }) + other + services, compat)

      assert.equal(router(pieces)('a.test/'), 'default/web:80')
      assert.equal(told(pieces).length, 1)
      assert.match(
        told(pieces).join(),
        /^PathTaken .*app-root.*requests for "\/" belong to Ingress "default\/b"/,
      )
    })
  }

  for (const paths of [{ '/': 'api' }, { '/api': 'api' }, { '/(.*)': 'api' }]) {
    test(`redirects where nobody else takes them: ${JSON.stringify(paths)}`, () => {
      const other = ingress('b', 'a.test', { '/web': 'web' })

      const pieces = translated(rooted(paths, { 'use-regex': 'true' }) + other + services, compat)

      assert.equal(router(pieces)('a.test/'), '{"kind":"neg"}')
      assert.deepEqual(told(pieces), [])
    })
  }
})

describe('an annotation that ingress-nginx takes for the whole host, and that closes its routes,', () => {
  const paths = { '/admin': 'next' }
  const others = ingress('b', 'a.test', { '/': 'web' }) + ingress('c', 'c.test', { '/': 'web' }) + services

  for (const annotations of [
    { 'auth-tls-secret': 'default/ca' },
    { 'auth-tls-secret': '' },
    { 'server-snippet': 'location /x { deny all; }' },
  ]) {
    for (const kind of ['ingress-nginx', 'off'] as const) {
      test(`closes those of others of the host: ${JSON.stringify(annotations)}, ${kind}`, () => {
        const yaml = annotated('a', 'a.test', paths, annotations) + others

        const pieces = translated(yaml, { ...compat, compat: kind })

        const route = router(pieces)
        assert.deepEqual(
          ['a.test/admin', 'a.test/', 'c.test/'].map((place) => route(place)),
          ['503', '503', 'default/web:80'],
        )
        assert.match(
          told(pieces).join(),
          /HostClosed .*default\/b .*of Ingress "default\/a" is to protect all of host "a.test"/,
        )
      })
    }
  }

  test('closes those of other namespaces with compatibility alone', () => {
    const yaml =
      annotated('a', 'a.test', paths, { 'auth-tls-secret': 'ca' }) +
      ingress('shop/b', 'a.test', { '/': 'web' }) +
      service('shop/web') +
      services
    const shared = { tlsRedirect: 'off', hostOwnership: 'object' } as const

    assert.equal(router(translated(yaml, { ...shared, compat: 'ingress-nginx' }))('a.test/'), '503')
    assert.equal(router(translated(yaml, { ...shared, compat: 'off' }))('a.test/'), 'shop/web:80')
  })

  for (const annotations of [{ 'server-snippet': 'gzip on;' }, { 'auth-type': 'basic' }]) {
    test(`is none of ${JSON.stringify(annotations)}`, () => {
      const yaml = annotated('a', 'a.test', paths, annotations) + others

      assert.equal(router(translated(yaml, compat))('a.test/'), 'default/web:80')
    })
  }
})

describe('regular expressions that are asked for in a wrong way', () => {
  const guarded = { 'whitelist-source-range': '10.0.0.0/8' }
  const open = ingress('b', 'a.test', { '/': 'web' }) + services

  for (const asking of [
    { 'use-regex': 'True' },
    { 'use-regex': '1' },
    { 'rewrite-target': '/$1?x=$2' },
    { 'rewrite-target': 'https://x.test/$1' },
  ]) {
    for (const kind of ['ingress-nginx', 'off'] as const) {
      test(`still protect what they match, and that is told: ${JSON.stringify(asking)}, ${kind}`, () => {
        const yaml =
          annotated('a', 'a.test', { '/(admin|intern)/.*': 'api' }, { ...guarded, ...asking }) + open

        const pieces = translated(yaml, { ...compat, compat: kind })

        const route = router(pieces)
        assert.equal(route('a.test/admin/x'), '403')
        assert.equal(route('a.test/admin/x', { clientAddress: '10.0.0.1' }), 'default/api:80')
        assert.equal(route('a.test/x'), 'default/web:80')
        assert.match(told(pieces).join(), /AnnotationInvalid .*(?:use-regex|rewrite-target)/)
      })
    }
  }

  test('are none where "false" is said in a wrong way, or nothing', () => {
    for (const asking of [{ 'use-regex': 'False' }, { 'rewrite-target': ' ' }])
      assert.equal(
        router(translated(annotated('a', 'a.test', { '/v': 'api' }, asking) + open, compat))('a.test/vx'),
        'default/web:80',
      )
  })
})
