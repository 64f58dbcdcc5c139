import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ImplementationSpecific } from '../../../../src/model/kubernetes-settings.ts'
import type { IngressPath } from '../../../../src/translate/kubernetes/objects.ts'
import { router, service, told, translated } from '../../../support/kubernetes/translation.ts'

/** Whether an Ingress with one path takes a request. */
function takes(
  pathType: IngressPath['pathType'],
  path: string,
  request: string,
  implementationSpecific: ImplementationSpecific = 'prefix',
): boolean {
  const pieces = translated(written(pathType, path), { implementationSpecific })
  return router(pieces)(`shop.test${request}`) === 'default/web:80'
}

function written(pathType: IngressPath['pathType'], path: string): string {
  return `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web }
spec:
  ingressClassName: tidegate
  rules:
    - host: shop.test
      http: { paths: [{ ${path === '' ? '' : `path: ${JSON.stringify(path)}, `}pathType: ${pathType}, backend: { service: { name: web, port: { number: 80 } } } }] }
${service('web')}`
}

describe('a path of type Exact or Prefix (the table of the Ingress API)', () => {
  for (const [pathType, path, request, expected] of [
    ['Prefix', '/', '/', true],
    ['Prefix', '/', '/any/thing', true],
    ['Prefix', '', '/any/thing', true],
    ['Exact', '/foo', '/foo', true],
    ['Exact', '/foo', '/bar', false],
    ['Exact', '/foo', '/foo/', false],
    ['Exact', '/foo/', '/foo', false],
    ['Exact', '/foo/', '/foo/', true],
    ['Exact', '/foo', '/FOO', false],
    ['Prefix', '/foo', '/foo', true],
    ['Prefix', '/foo', '/foo/', true],
    ['Prefix', '/foo/', '/foo', true],
    ['Prefix', '/foo/', '/foo/', true],
    ['Prefix', '/foo', '/foobar', false],
    ['Prefix', '/aaa/bb', '/aaa/bbb', false],
    ['Prefix', '/aaa/bbb', '/aaa/bbb', true],
    ['Prefix', '/aaa/bbb/', '/aaa/bbb', true],
    ['Prefix', '/aaa/bbb', '/aaa/bbb/', true],
    ['Prefix', '/aaa/bbb', '/aaa/bbb/ccc', true],
    ['Prefix', '/aaa/bbb', '/aaa/bbbxyz', false],
    ['Prefix', '/foo', '/Foo', false],
  ] as const) {
    test(`${pathType} ${path === '' ? '(none)' : path} ${expected ? 'takes' : 'leaves'} ${request}`, () => {
      assert.equal(takes(pathType, path, request), expected)
    })
  }
})

describe('a path of type ImplementationSpecific', () => {
  for (const [meaning, path, request, expected] of [
    ['prefix', '/foo', '/foo/x', true],
    ['prefix', '/foo', '/foobar', false],
    ['prefix', '/foo.*', '/foobar', true],
    ['prefix', '/foo/*', '/foo/x', true],
    ['prefix', '/foo/*', '/foo', true],
    ['prefix', '/foo/*', '/foobar', false],
    ['prefix', '/*', '/any', true],
    ['prefix', '/.*', '/any', true],
    ['prefix', '', '/any', true],
    ['istio', '/foo', '/foo', true],
    ['istio', '/foo', '/foo/x', false],
    ['istio', '/foo.*', '/foobar', true],
    ['istio', '/foo/*', '/foo/x', true],
    ['istio', '', '/any', true],
    ['linkerd', '/foo', '/foo/x', false],
    ['linkerd', '/foo/[0-9]+', '/foo/17', true],
    ['linkerd', '/foo/[0-9]+', '/foo/x', false],
  ] as const) {
    test(`as ${meaning}, ${path === '' ? '(none)' : path} ${expected ? 'takes' : 'leaves'} ${request}`, () => {
      assert.equal(takes('ImplementationSpecific', path, request, meaning), expected)
    })
  }

  test('means what the parameters of its class say', () => {
    const pieces = translated(
      `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: tidegate }
spec:
  controller: tidegate.dev/ingress-controller
  parameters: { kind: ConfigMap, scope: Namespace, namespace: edge, name: old-ways }
---
apiVersion: v1
kind: ConfigMap
metadata: { namespace: edge, name: old-ways }
data: { implementation-specific: istio }
---
${written('ImplementationSpecific', '/foo')}`,
      { classParameters: [{ namespace: 'edge', name: 'old-ways' }] },
    )

    assert.equal(router(pieces)('shop.test/foo/x'), 'no_route_path')
  })
})

describe('a path that no request can have', () => {
  for (const [path, expected] of [
    ['/a b', /PathInvalid .*spec\.rules\[0\]\.http\.paths\[0\]\.path: path "\/a b" holds characters/],
    ['/a//b', /path "\/a\/\/b" never matches: .*; write "\/a\/b"$/],
    ['/a/../b', /never matches: .*; write "\/b"$/],
    ['/%41', /never matches: .*; write "\/A"$/],
    ['/a?b=1', /holds more than a path/],
    ['no-slash', /does not start with "\/"; write "\/no-slash"$/],
  ] as const) {
    test(`is told and left out: ${path}`, () => {
      const pieces = translated(written('ImplementationSpecific', path))

      assert.equal(pieces.routes.length, 0)
      assert.equal(told(pieces).length, 1)
      assert.match(told(pieces)[0] ?? '', expected)
    })
  }

  test('as a regular expression of Linkerd, is told and left out', () => {
    const pieces = translated(written('ImplementationSpecific', '/(a'), { implementationSpecific: 'linkerd' })

    assert.match(
      told(pieces).join(),
      /PathInvalid .* path "\/\(a" cannot be used: the pattern is not RE2 syntax/,
    )
    assert.equal(pieces.routes.length, 0)
  })

  test('hurts no other path of its Ingress', () => {
    const pieces = translated(
      written('Prefix', '/bad//path').replace(
        '{ paths: [',
        '{ paths: [{ path: /good, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }, ',
      ),
    )

    assert.equal(router(pieces)('shop.test/good/x'), 'default/web:80')
    assert.match(told(pieces).join(), /paths\[1\]\.path/)
  })
})
