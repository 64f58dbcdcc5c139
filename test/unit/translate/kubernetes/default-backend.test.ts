import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ingress, router, service, told, translated, ways } from '../../../support/kubernetes/translation.ts'

const all = service('web') + service('rest') + service('other')
const backend = (name: string) => `  defaultBackend: { service: { name: ${name}, port: { number: 80 } } }\n`
const only = (name: string, service: string, namespace = 'default') => `
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { namespace: ${namespace}, name: ${name} }
spec:
  ingressClassName: tidegate
${backend(service)}`

describe('a default backend of an Ingress', () => {
  test('takes what the rules of its hosts leave, and all other hosts', () => {
    const pieces = translated(ingress('one', 'a.test', { '/x': 'web' }, backend('rest')) + all)
    const route = router(pieces)

    assert.deepEqual(told(pieces), [])
    assert.equal(route('a.test/x'), 'default/web:80')
    assert.equal(route('a.test/y'), 'default/rest:80')
    assert.equal(route('b.test/'), 'default/rest:80')
  })

  test('alone takes everything', () => {
    assert.equal(router(translated(only('one', 'rest') + all))('any.test/path'), 'default/rest:80')
  })

  test('takes nothing that a rule of another Ingress has, though it is older (R-09)', () => {
    const yaml =
      ingress('old', 'a.test', { '/x': 'web' }, backend('rest')) +
      ingress('young', 'a.test', { '/': 'other' }) +
      all
    const pieces = translated(yaml)

    assert.equal(router(pieces)('a.test/y'), 'default/other:80')
    assert.deepEqual(told(pieces), [])
  })

  test('is the oldest one’s among several, and the others are told (R-09)', () => {
    const pieces = translated(only('first', 'rest') + only('second', 'other') + all)

    assert.equal(router(pieces)('any.test/'), 'default/rest:80')
    assert.match(
      told(pieces).join(),
      /^DefaultBackendTaken Ingress default\/second spec\.defaultBackend: warning: the default backend of Ingress "default\/first", which is older, takes requests of any other host/,
    )
    assert.deepEqual(
      pieces.accepted.map(({ name }) => name),
      ['first'],
    )
  })

  test('takes all of a host that has a rule without paths', () => {
    const yaml = `
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: one }
spec:
  ingressClassName: tidegate
  rules: [{ host: a.test }]
${backend('rest')}`

    assert.equal(router(translated(yaml + all, { catchAll: [] }))('a.test/any'), 'default/rest:80')
  })

  test('is missed where a host has a rule without paths and there is none', () => {
    const yaml = `
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: one }
spec: { ingressClassName: tidegate, rules: [{ host: a.test }] }`
    const pieces = translated(yaml)

    assert.match(
      told(pieces).join(),
      /^HostWithoutBackend Ingress default\/one spec\.rules\[0\]: warning: host "a\.test" has no paths/,
    )
    assert.deepEqual([pieces.routes, pieces.accepted], [[], []])
  })
})

describe('the default backend of the settings', () => {
  const settings = { defaultBackend: { namespace: 'default', name: 'rest', port: 80 } }

  test('takes what no Ingress takes, the gaps of hosts included', () => {
    const route = router(translated(ingress('one', 'a.test', { '/x': 'web' }) + all, settings))

    assert.equal(route('a.test/x'), 'default/web:80')
    assert.equal(route('a.test/y'), 'default/rest:80')
    assert.equal(route('b.test/'), 'default/rest:80')
  })

  test('has no routes where nothing is left', () => {
    const yaml = ingress('one', 'a.test', { '/': 'web' }) + ingress('two', '', { '/': 'web' }) + all

    assert.deepEqual(ways(translated(yaml, settings)), [
      'ingress/default/one/a.test/ -> default/web:80',
      'ingress/default/two/*/ -> default/web:80',
    ])
  })

  test('comes after those of Ingresses', () => {
    const route = router(translated(only('one', 'other') + all, settings))

    assert.equal(route('x.test/'), 'default/other:80')
  })

  test('takes what is left of a host by a path with conditions', () => {
    const yaml = ingress('one', 'a.test', { '/': 'web' }).replace(
      'name: one }',
      'name: one, annotations: { tidegate.dev/methods: "[GET]" } }',
    )
    const route = router(translated(yaml + all, settings))

    assert.equal(route('a.test/'), 'default/web:80')
    assert.equal(route('a.test/', { method: 'POST' }), 'default/rest:80')
  })

  test('that is missing is told at its Service', () => {
    assert.match(
      told(translated('', settings)).join(),
      /^ServiceNotFound Service default\/rest: service "default\/rest" does not exist/,
    )
  })
})

describe('Ingresses with conditions', () => {
  test('share a host and path when their conditions differ', () => {
    const methods = (name: string, service: string, list: string) =>
      ingress(name, 'a.test', { '/': service }).replace(
        `name: ${name} }`,
        `name: ${name}, annotations: { tidegate.dev/methods: "[${list}]" } }`,
      )
    const pieces = translated(methods('one', 'web', 'GET') + methods('two', 'other', 'POST') + all)

    assert.deepEqual(told(pieces), [])
    assert.equal(router(pieces)('a.test/', { method: 'POST' }), 'default/other:80')
  })
})
