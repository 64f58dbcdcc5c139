import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubernetesPieces } from '../../../../src/translate/kubernetes/pieces.ts'
import {
  annotated,
  ingress,
  router,
  service,
  told,
  translated,
  ways,
} from '../../../support/kubernetes/translation.ts'
import { filterOf, requestDraft } from '../../filters/drafts.ts'

const compat = { compat: 'ingress-nginx', tlsRedirect: 'off' } as const
const both = service('web') + service('api') + service('next')

/** The path that goes upstream for a request that the first route takes. */
function rewritten({ routes }: KubernetesPieces, path: string): string {
  const content = routes[0]?.content
  const spec = content?.filters.find(({ kind }) => kind === 'rewrite')
  assert.ok(content !== undefined && spec !== undefined)
  const request = requestDraft({ path })
  request.upstreamPath = path
  void filterOf(spec, content.match.path).onRequest?.(request)
  return request.upstreamPath
}

describe('with compatibility, one Ingress with regular expressions', () => {
  const yaml =
    ingress('plain', 'a.test', { '/': 'web', '/app': 'api' }) +
    annotated('regex', 'a.test', { '/v[0-9]+/x': 'next' }, { 'use-regex': 'true' }) +
    both

  for (const [path, expected] of [
    ['/v17/x', 'default/next:80'],
    ['/V17/X/more', 'default/next:80'],
    ['/v17/xyz', 'default/next:80'],
    ['/application', 'default/api:80'],
    ['/APP', 'default/api:80'],
    ['/other', 'default/web:80'],
  ] as const) {
    test(`turns every path of its host into one: ${path}`, () => {
      assert.equal(router(translated(yaml, compat))(`a.test${path}`), expected)
    })
  }

  test('leaves other hosts alone', () => {
    const other = ingress('other', 'b.test', { '/app': 'api' })

    assert.equal(router(translated(yaml + other, compat))('b.test/application'), 'no_route_path')
  })

  test('has the longer path asked first, whoever wrote it and when', () => {
    const { routes } = translated(yaml, compat)

    assert.deepEqual(
      routes.map(({ content }) => content.match.path.value),
      ['(?i)(?:/v[0-9]+/x).*', '(?i)(?:/app).*', '(?i)(?:/).*'],
    )
  })

  test('turns exact paths into one too', () => {
    const exact = ingress('exact', 'a.test', { '/only': 'api' }).replace(
      'pathType: Prefix',
      'pathType: Exact',
    )

    assert.equal(router(translated(yaml + exact, compat))('a.test/only/more'), 'default/api:80')
  })

  test('has a path that is none told, and the others stand', () => {
    const bad = annotated('bad', 'a.test', { '/x(': 'web' }, { 'use-regex': 'true' })
    const pieces = translated(yaml + bad, compat)

    assert.match(
      told(pieces).join(),
      /^PathInvalid Ingress default\/bad .*path "\/x\(" cannot be used: the pattern is not RE2 syntax/,
    )
    assert.equal(router(pieces)('a.test/v1/x'), 'default/next:80')
  })

  test('reaches no Ingress of a class without compatibility', () => {
    const yaml = `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: tidegate }
spec: { controller: tidegate.dev/ingress-controller }
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: nginx }
spec:
  controller: tidegate.dev/ingress-controller
  parameters: { kind: ConfigMap, scope: Namespace, namespace: edge, name: nginx }
---
apiVersion: v1
kind: ConfigMap
metadata: { namespace: edge, name: nginx }
data: { compat: ingress-nginx }
${annotated('regex', 'a.test', { '/v[0-9]+': 'next' }, { 'use-regex': 'true' }).replace('ingressClassName: tidegate', 'ingressClassName: nginx')}
${ingress('plain', 'a.test', { '/app': 'api' })}${both}`

    const pieces = translated(yaml, { classParameters: [{ namespace: 'edge', name: 'nginx' }] })

    assert.equal(router(pieces)('a.test/v1'), 'default/next:80')
    assert.equal(router(pieces)('a.test/app'), 'default/api:80')
    assert.equal(router(pieces)('a.test/application'), 'no_route_path')
  })
})

describe('without compatibility, regular expressions', () => {
  test('are those of their own Ingress, and what differs is told', () => {
    const yaml =
      ingress('plain', 'a.test', { '/app': 'api' }) +
      annotated('regex', 'a.test', { '/v[0-9]+': 'next' }, { 'use-regex': 'true' }) +
      both
    const pieces = translated(yaml)

    assert.equal(router(pieces)('a.test/application'), 'no_route_path')
    assert.equal(router(pieces)('a.test/v12'), 'default/next:80')
    assert.match(told(pieces).join(), /^AnnotationDiffers Ingress default\/regex /)
  })
})

describe('rewrite-target', () => {
  for (const [path, target, request, expected] of [
    ['/app', '/', '/app/x', '/'],
    ['/something(/|$)(.*)', '/$2', '/something/new', '/new'],
    ['/something(/|$)(.*)', '/$2', '/something', '/'],
    ['/something(/|$)(.*)', '/$2', '/SOMETHING/New/x', '/New/x'],
    ['/(a|b)/(.*)', '/$2/of/$1', '/b/x/y', '/x/y/of/b'],
    ['/x', '/y/$1', '/x', '/y/'],
    ['/a|/b', '/c', '/b/x', '/c'],
  ] as const) {
    test(`${target} for ${path} makes ${expected} of ${request}`, () => {
      const yaml = annotated('one', 'a.test', { [path]: 'web' }, { 'rewrite-target': target })

      assert.equal(rewritten(translated(yaml + both, compat), request), expected)
    })
  }

  test('makes regular expressions of the paths of its host', () => {
    const yaml =
      annotated('one', 'a.test', { '/app': 'web' }, { 'rewrite-target': '/' }) +
      ingress('two', 'a.test', { '/x': 'api' }) +
      both

    assert.equal(router(translated(yaml, compat))('a.test/xyz'), 'default/api:80')
  })

  test('says nothing for a path that our annotation rewrites', () => {
    const yaml = annotated('one', 'a.test', { '/app': 'web' }, { 'rewrite-target': '/' }).replace(
      'annotations: { ',
      `annotations: { tidegate.dev/filters: '[{ rewrite: { path: { full: /ours } } }]', `,
    )

    assert.equal(rewritten(translated(yaml + both, compat), '/app'), '/ours')
  })
})

describe('a canary', () => {
  const main = ingress('main', 'a.test', { '/': 'web' })
  const canary = (annotations: Readonly<Record<string, string>>, name = 'canary', path = '/') =>
    annotated(name, 'a.test', { [path]: 'next' }, { canary: 'true', ...annotations })
  const split =
    '{"kind":"union","branches":[{"weight":70,"tree":{"kind":"leaf","value":"default/web:80"}},{"weight":30,"tree":{"kind":"leaf","value":"default/next:80"}}]}'

  test('takes its weight of the requests', () => {
    const pieces = translated(main + canary({ 'canary-weight': '30' }) + both, compat)

    assert.deepEqual(told(pieces), [])
    assert.equal(router(pieces)('a.test/'), split)
    assert.equal(pieces.accepted.length, 2)
  })

  for (const [what, annotations, fields, expected] of [
    [
      'a header that says always',
      { 'canary-by-header': 'X-Canary', 'canary-weight': '30' },
      { 'x-canary': 'always' },
      'default/next:80',
    ],
    [
      'a header that says never',
      { 'canary-by-header': 'X-Canary', 'canary-weight': '30' },
      { 'x-canary': 'never' },
      'default/web:80',
    ],
    [
      'a header that says something else',
      { 'canary-by-header': 'X-Canary', 'canary-weight': '30' },
      { 'x-canary': 'maybe' },
      split,
    ],
    [
      'a header with the value',
      { 'canary-by-header': 'X-Canary', 'canary-by-header-value': 'blue' },
      { 'x-canary': 'blue' },
      'default/next:80',
    ],
    [
      'a header with another value',
      { 'canary-by-header': 'X-Canary', 'canary-by-header-value': 'blue' },
      { 'x-canary': 'always' },
      'default/web:80',
    ],
    [
      'a header that fits the pattern',
      { 'canary-by-header': 'X-Canary', 'canary-by-header-pattern': 'b.*' },
      { 'x-canary': 'blue' },
      'default/next:80',
    ],
    [
      'a cookie that says always',
      { 'canary-by-cookie': 'beta' },
      { cookie: 'a=b; beta=always' },
      'default/next:80',
    ],
    [
      'a cookie that says never',
      { 'canary-by-cookie': 'beta', 'canary-weight': '30' },
      { cookie: 'beta=never' },
      'default/web:80',
    ],
    [
      'the header before the cookie',
      { 'canary-by-header': 'X-Canary', 'canary-by-cookie': 'beta' },
      { 'x-canary': 'never', cookie: 'beta=always' },
      'default/web:80',
    ],
    ['nothing', { 'canary-by-header': 'X-Canary' }, {}, 'default/web:80'],
    ['all of the weight', { 'canary-weight': '100' }, {}, 'default/next:80'],
  ] as const) {
    test(`decides by ${what}`, () => {
      const pieces = translated(main + canary(annotations) + both, compat)

      assert.equal(router(pieces)('a.test/', { fields }), expected)
    })
  }

  test('may be older than the Ingress it belongs to', () => {
    assert.equal(
      router(translated(canary({ 'canary-weight': '30' }) + main + both, compat))('a.test/'),
      split,
    )
  })

  for (const [what, yaml, expected] of [
    [
      'without another Ingress',
      canary({ 'canary-weight': '30' }),
      /^CanaryWithoutMain Ingress default\/canary .*no other Ingress of namespace "default" has "a\.test" "\/"/,
    ],
    ['for another path', main + canary({ 'canary-weight': '30' }, 'canary', '/x'), /^CanaryWithoutMain /],
    [
      'beside an older one',
      main + canary({ 'canary-weight': '30' }) + canary({ 'canary-weight': '50' }, 'second'),
      /^CanaryTaken Ingress default\/second .*canary "canary" takes its part of "a\.test" "\/" already/,
    ],
  ] as const) {
    test(`is told ${what}`, () => {
      const problems = told(translated(yaml + both, compat))

      assert.equal(problems.length, 1)
      assert.match(problems[0] ?? '', expected)
    })
  }

  test('of another namespace takes nothing', () => {
    const foreign = canary({ 'canary-weight': '30' }).replace('namespace: default', 'namespace: other')
    const pieces = translated(main + foreign + both, { ...compat, hostOwnership: 'object' })

    assert.equal(router(pieces)('a.test/'), 'default/web:80')
    assert.match(told(pieces).join(), /^CanaryWithoutMain Ingress other\/canary /)
  })

  test('by header on a short regular expression takes nothing from longer ones of its host', () => {
    const yaml =
      annotated('main', 'a.test', { '/': 'web', '/api': 'api' }, { 'use-regex': 'true' }) +
      canary({ 'canary-by-header': 'X-Canary' }) +
      both
    const route = router(translated(yaml, compat))

    assert.equal(route('a.test/api/x', { fields: { 'x-canary': 'always' } }), 'default/api:80')
    assert.equal(route('a.test/other', { fields: { 'x-canary': 'always' } }), 'default/next:80')
    assert.equal(route('a.test/other', { fields: { 'x-canary': 'never' } }), 'default/web:80')
  })
})

describe('client addresses', () => {
  const of = (annotations: Readonly<Record<string, string>>) =>
    router(translated(annotated('one', 'a.test', { '/': 'web' }, annotations) + both, compat))
  for (const [what, annotations, client, expected] of [
    ['allowed ones pass', { 'whitelist-source-range': '10.0.0.0/8' }, '10.1.1.1', 'default/web:80'],
    ['others get 403', { 'whitelist-source-range': '10.0.0.0/8' }, '203.0.113.7', '403'],
    ['denied ones get 403', { 'denylist-source-range': '10.0.0.0/8' }, '10.1.1.1', '403'],
    ['others pass', { 'denylist-source-range': '10.0.0.0/8' }, '203.0.113.7', 'default/web:80'],
    [
      'denied inside of allowed get 403',
      { 'whitelist-source-range': '10.0.0.0/8', 'denylist-source-range': '10.1.0.0/16' },
      '10.1.1.1',
      '403',
    ],
    [
      'allowed around denied pass',
      { 'whitelist-source-range': '10.0.0.0/8', 'denylist-source-range': '10.1.0.0/16' },
      '10.2.1.1',
      'default/web:80',
    ],
    [
      'allowed inside of denied get 403',
      { 'whitelist-source-range': '10.1.0.0/16', 'denylist-source-range': '10.0.0.0/8' },
      '10.1.1.1',
      '403',
    ],
    [
      'of both lists get 403',
      { 'whitelist-source-range': '10.0.0.0/8', 'denylist-source-range': '10.0.0.0/8' },
      '10.1.1.1',
      '403',
    ],
    [
      'of none of two lists get 403',
      { 'whitelist-source-range': '10.0.0.0/8', 'denylist-source-range': '10.1.0.0/16' },
      '203.0.113.7',
      '403',
    ],
  ] as const) {
    test(`${what}: ${JSON.stringify(annotations)}`, () => {
      assert.equal(of(annotations)('a.test/', { clientAddress: client }), expected)
    })
  }

  test('hold for a canary’s header too', () => {
    const yaml =
      annotated('main', 'a.test', { '/': 'web' }, { 'whitelist-source-range': '10.0.0.0/8' }) +
      annotated('canary', 'a.test', { '/': 'next' }, { canary: 'true', 'canary-by-header': 'X-Canary' }) +
      both
    const route = router(translated(yaml, compat))
    const fields = { 'x-canary': 'always' }

    assert.equal(route('a.test/', { fields }), '403')
    assert.equal(route('a.test/', { fields, clientAddress: '10.0.0.1' }), 'default/next:80')
  })
})

describe('further annotations', () => {
  test('app-root sends requests for / elsewhere, and no others', () => {
    const pieces = translated(
      annotated('one', 'a.test', { '/': 'web' }, { 'app-root': '/shop' }) + both,
      compat,
    )

    assert.deepEqual(ways(pieces), [
      'ingress/default/one/a.test/ -> default/web:80',
      'ingress/default/one/a.test=/ -> redirect -> {"kind":"neg"}',
    ])
  })

  test('server-alias has the rules of the first host', () => {
    const pieces = translated(
      annotated('one', 'a.test', { '/x': 'web' }, { 'server-alias': 'b.test,c.test' }) + both,
      compat,
    )

    assert.equal(router(pieces)('b.test/x'), 'default/web:80')
    assert.equal(router(pieces)('c.test/x'), 'default/web:80')
  })

  test('a redirect of everything needs no backend', () => {
    const pieces = translated(
      annotated('one', 'a.test', { '/': 'gone' }, { 'permanent-redirect': 'https://b.test' }),
      compat,
    )

    assert.deepEqual(told(pieces), [])
    assert.deepEqual(pieces.clusters, [])
  })

  test('one that protects and cannot be obeyed closes its routes, and those of no other', () => {
    const yaml =
      annotated('one', 'a.test', { '/': 'web' }, { 'enable-modsecurity': 'true' }) +
      ingress('two', 'b.test', { '/': 'web' }) +
      both
    const route = router(translated(yaml, compat))

    assert.equal(route('a.test/'), '503')
    assert.equal(route('b.test/'), 'default/web:80')
  })
})
