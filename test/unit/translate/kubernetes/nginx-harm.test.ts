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
