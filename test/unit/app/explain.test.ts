import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ExplainQuery } from '../../../src/admin/admin-deps.ts'
import { type Explanation, explainRequest } from '../../../src/app/explain.ts'
import { clusterOfModel } from '../../../src/app/explained-cluster.ts'
import { explanationText } from '../../../src/cli/explain-text.ts'
import { buildTable } from '../../../src/routing/table.ts'
import { modelOf } from '../../support/gateway.ts'

const model = modelOf({
  listeners: [
    { name: 'inside', address: '127.0.0.1:8081', trustedProxies: ['10.0.0.0/8'] },
    { name: 'web', address: '127.0.0.1:8080' },
  ],
  routes: [
    {
      hosts: ['a.test'],
      path: '/split',
      to: [
        { cluster: 'one', weight: 3 },
        { cluster: 'two', weight: 1 },
      ],
    },
    { hosts: ['a.test'], path: '/ip', clients: ['203.0.113.0/24'], to: 'one' },
    { hosts: ['a.test'], path: '/old', filters: [{ redirect: { path: { full: '/new' } } }] },
    { hosts: ['a.test'], path: '/api', filters: [{ rewrite: { path: { prefix: '/v2' } } }], to: 'one' },
    { hosts: ['a.test'], path: '/empty', to: 'none' },
  ],
  clusters: {
    one: { endpoints: ['10.0.0.1:80', '10.0.0.2:80'] },
    two: { dns: 'two.internal:80' },
    none: { endpoints: [] },
  },
})

function explained(url: string, more: Partial<ExplainQuery> = {}): Explanation {
  const query = { method: 'GET', url, headers: [], from: undefined, listener: undefined, ...more }
  return explainRequest(query, {
    listeners: model.listeners,
    table: buildTable(model.routes, () => undefined),
    cluster(id) {
      const spec = model.clusters.find((cluster) => cluster.id === id)
      return spec === undefined ? undefined : clusterOfModel(spec)
    },
  })
}

describe('explainRequest', () => {
  test('follows a request to its endpoints', () => {
    const { routed, outcome, reason, route } = explained('http://a.test:8080/api/x')

    assert.deepEqual([routed, outcome, reason], [true, 'forwarded to one', null])
    assert.deepEqual(
      route?.filters.map(({ kind }) => kind),
      ['rewrite'],
    )
    assert.deepEqual(
      route?.clusters[0]?.endpoints.map(({ key, state }) => [key, state]),
      [
        ['10.0.0.1:80', 'unknown'],
        ['10.0.0.2:80', 'unknown'],
      ],
    )
  })

  test('shows the shares of a split; a cluster that DNS will fill counts as there', () => {
    const { outcome, route } = explained('http://a.test/split')

    assert.equal(outcome, 'forwarded to one or two')
    assert.deepEqual(
      route?.target.flatMap(({ kind, name, share }) => (kind === 'leaf' ? [[name, share]] : [])),
      [
        ['one', 75],
        ['two', 25],
      ],
    )
  })

  for (const [what, url, outcome, routed] of [
    ['a host that no route has', 'http://b.test/', /^404 no_route_host/, false],
    ['a path that no route takes', 'http://a.test/nothing', /^404 no_route_path/, false],
    ['what the codec refuses', 'http://a.test/a%00b', /^400 bad_path.*refused before routing/, false],
    ['a host that is none', 'http://a..test/', /^400 bad_host/, false],
    ['a redirect', 'http://a.test/old', /^302 redirect: redirects to http:\/\/a\.test\/new$/, true],
    ['a cluster without endpoints', 'http://a.test/empty', /^503 no_endpoints/, true],
  ] as const) {
    test(`says what becomes of ${what}`, () => {
      const explanation = explained(url)

      assert.match(explanation.outcome, outcome)
      assert.equal(explanation.routed, routed)
    })
  }

  test('reads the path as the gateway does, and letters beyond ASCII as browsers send them', () => {
    assert.equal(explained('http://A.test/x/../api//%61').routing?.request.path, '/api/a')
    assert.equal(explained('http://a.test/é').routing?.request.path, '/%C3%A9')
  })

  test('takes the listener of the port, the one that is named, or the first', () => {
    const chosen = [
      explained('http://a.test:8080/').listener,
      explained('http://a.test/', { listener: 'web' }).listener,
      explained('http://a.test/').listener,
      explained('http://a.test/', { listener: 'wbe' }).listener,
    ]

    assert.deepEqual(
      chosen.map((listener) => listener?.id),
      ['web', 'web', 'inside', undefined],
    )
  })

  test('believes forwarding headers of trusted proxies only', () => {
    const headers = [['x-forwarded-for', '203.0.113.7']] as const

    const trusted = explained('http://a.test:8081/ip', { headers, from: '10.1.1.1' })
    const stranger = explained('http://a.test:8080/ip', { headers, from: '10.1.1.1' })

    assert.deepEqual([trusted.client.address, trusted.routed], ['203.0.113.7', true])
    assert.deepEqual([stranger.client.address, stranger.routed], ['10.1.1.1', false])
  })

  test('survives the way through JSON', () => {
    const explanation = explained('http://a.test/split')

    assert.deepEqual(JSON.parse(JSON.stringify(explanation)), explanation)
  })
})

describe('explanationText', () => {
  test('tells every step, from the listener to the outcome', () => {
    const text = explanationText(explained('http://a.test:8080/split'))

    const words = text.split('\n').flatMap((line) => /^[a-z]+/.exec(line)?.[0] ?? [])
    const steps = [
      'listener',
      'client',
      'request',
      'hosts',
      'routes',
      'route',
      'target',
      'clusters',
      'outcome',
    ]
    assert.deepEqual(
      words.filter((word) => steps.includes(word)),
      steps,
    )
    assert.match(text, /75 % {2}one/)
  })
})
