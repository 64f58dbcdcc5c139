import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import type { KubernetesPieces } from '../../../../src/translate/kubernetes/pieces.ts'
import { KubernetesTranslator } from '../../../../src/translate/kubernetes/translator.ts'
import { FixedObjects } from '../../../support/kubernetes/fixed-objects.ts'
import {
  ingress,
  kubernetesSettings,
  members,
  router,
  service,
  surroundings,
  told,
  ways,
} from '../../../support/kubernetes/translation.ts'

const secret = `
---
apiVersion: v1
kind: Secret
metadata: { name: s }
stringData: { tls.crt: a.test, tls.key: k }`
const tls = '  tls: [{ hosts: [a.test], secretName: s }]\n'
const base =
  ingress('one', 'a.test', { '/': 'web', '/api': 'api' }, tls) +
  ingress('two', 'b.test', { '/': 'web' }) +
  service('web') +
  service('api') +
  secret

function scene(yaml = base) {
  const objects = new FixedObjects(yaml)
  const translator = new KubernetesTranslator(kubernetesSettings())
  const translate = (): KubernetesPieces => translator.translate(objects, surroundings)
  return { objects, translator, translate }
}

const slice = (name: string, ...addresses: string[]) => `
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-1, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: "", port: 8080 }]
endpoints: ${JSON.stringify(addresses.map((address) => ({ addresses: [address] })))}`

const contents = ({ routes, clusters }: KubernetesPieces) => ({
  routes: routes.map(({ content }) => content),
  clusters: clusters.map(({ content }) => content),
})

/** How many of the second are not the same objects as those of the same id in the first. */
function fresh(
  before: KubernetesPieces,
  after: KubernetesPieces,
): Readonly<Record<'routes' | 'clusters', readonly string[]>> {
  const [old, now] = [contents(before), contents(after)]
  return {
    routes: now.routes.filter((one) => !old.routes.includes(one)).map(({ id }) => id),
    clusters: now.clusters.filter((one) => !old.clusters.includes(one)).map(({ id }) => id),
  }
}

describe('translating again', () => {
  test('gives the same objects when nothing changed', () => {
    const { translate } = scene()
    const before = translate()

    const after = translate()

    assert.deepEqual(after, before)
    assert.deepEqual(fresh(before, after), { routes: [], clusters: [] })
    assert.equal(after.tlsHosts, before.tlsHosts)
    assert.equal(after.defaultCertificates, before.defaultCertificates)
  })

  for (const [what, change, expected] of [
    [
      'a changed Ingress makes its routes anew',
      ingress('two', 'b.test', { '/': 'web', '/new': 'api' }),
      { routes: ['ingress/default/two/b.test/', 'ingress/default/two/b.test/new'], clusters: [] },
    ],
    [
      'an Ingress more makes its own',
      ingress('three', 'c.test', { '/': 'web' }),
      { routes: ['ingress/default/three/c.test/'], clusters: [] },
    ],
    [
      'other endpoints make one cluster',
      slice('api', '10.7.7.7'),
      { routes: [], clusters: ['default/api:80'] },
    ],
    ['a slice that says the same makes nothing', slice('api', '10.1.0.1'), { routes: [], clusters: [] }],
    ['a Service that says the same makes nothing', service('api'), { routes: [], clusters: [] }],
    [
      'a Secret that changes makes no route and no cluster',
      secret.replace('a.test', 'a.test x.test'),
      { routes: [], clusters: [] },
    ],
  ] as const) {
    test(what, () => {
      const { objects, translate } = scene()
      const before = translate()
      objects.put(change)

      assert.deepEqual(fresh(before, translate()), expected)
    })
  }

  test('hears of a path that an older Ingress gives up', () => {
    const { objects, translate } = scene(
      ingress('one', 'a.test', { '/x': 'web' }) +
        ingress('two', 'a.test', { '/x': 'api' }) +
        service('web') +
        service('api'),
    )
    translate()
    objects.remove('Ingress', 'default/one')

    const pieces = translate()

    assert.deepEqual(ways(pieces), ['ingress/default/two/a.test/x -> default/api:80'])
    assert.deepEqual(told(pieces), [])
  })

  test('hears of other listeners', () => {
    const { objects, translator, translate } = scene()
    const before = translate()

    const after = translator.translate(objects, {
      ...surroundings,
      listeners: [{ id: 'https', port: 8443, tls: 'on' }],
    })

    assert.equal(
      before.routes[0]?.content.filters[0]?.kind === 'httpsRedirect' &&
        before.routes[0].content.filters[0].port,
      undefined,
    )
    assert.equal(
      after.routes[0]?.content.filters[0]?.kind === 'httpsRedirect' &&
        after.routes[0].content.filters[0].port,
      8443,
    )
  })

  test('hears of addresses that are forbidden now', () => {
    const { objects, translate } = scene()
    translate()
    objects.forbidden = { reason: (address) => (address === '10.1.0.1' ? 'it is a node' : undefined) }

    assert.deepEqual(members(translate())['default/web:80'], [])
  })

  test('forgets clusters that nothing leads to any more', () => {
    const { objects, translate } = scene()
    translate()
    objects.put(ingress('one', 'a.test', { '/': 'web' }))

    assert.deepEqual(Object.keys(members(translate())), ['default/web:80'])
  })
})

describe('the ids of routes', () => {
  test('stay when rules are put before them', () => {
    const { objects, translate } = scene()
    const before = translate().routes.map(({ content }) => content.id)
    objects.put(ingress('one', 'a.test', { '/first': 'web', '/': 'web', '/api': 'api' }, tls))

    const after = translate().routes.map(({ content }) => content.id)

    assert.deepEqual(
      after.filter((id) => !before.includes(id)),
      ['ingress/default/one/a.test/first'],
    )
    assert.ok(before.every((id) => after.includes(id)))
  })
})

describe('membership', () => {
  test('gives the endpoints of the Services that are named', () => {
    const { objects, translator, translate } = scene()
    translate()
    objects.put(slice('api', '10.7.7.7')).put(slice('web', '10.8.8.8'))

    const { endpoints } = translator.membership(objects, new Set(['default/api']))

    assert.deepEqual(
      [...endpoints],
      [
        [
          'default/api:80',
          [{ address: { kind: 'tcp', host: '10.7.7.7', port: 8080 }, weight: 1, priority: 0 }],
        ],
      ],
    )
  })

  test('gives all problems as they are then, and the same list when they are the same', () => {
    const { objects, translator, translate } = scene(base + ingress('three', 'c.test', { '/': 'gone' }))
    const before = translate().problems
    objects.put(slice('api', '10.7.7.7'))
    const same = translator.membership(objects, new Set(['default/api'])).problems
    objects.put(slice('api', '127.0.0.1'))

    const { problems } = translator.membership(objects, new Set(['default/api']))

    assert.equal(same, before)
    assert.deepEqual(
      problems.map(({ reason, origin }) => `${reason} ${origin.file}`),
      ['EndpointRefused Ingress default/one', 'ServiceNotFound Ingress default/three'],
    )
  })

  test('says nothing of Services that nothing leads to', () => {
    const { objects, translator, translate } = scene(base + service('unused'))
    translate()

    assert.equal(translator.membership(objects, new Set(['default/unused', 'x/y'])).endpoints.size, 0)
  })

  test('gives what translating everything would', () => {
    const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '127.0.0.1', '169.254.169.254')
    const change = fc.tuple(fc.constantFrom('web', 'api'), fc.array(address, { maxLength: 3 }))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const { objects, translator, translate } = scene()
        translate()
        for (const [name, addresses] of changes) objects.put(slice(name, ...addresses))

        const { endpoints, problems } = translator.membership(
          objects,
          new Set(['default/web', 'default/api']),
        )

        const whole = new KubernetesTranslator(kubernetesSettings()).translate(objects, surroundings)
        assert.deepEqual(problems, whole.problems)
        assert.deepEqual(
          endpoints,
          new Map(whole.clusters.map(({ content }) => [content.id, content.endpoints])),
        )
        assert.deepEqual(translate(), whole)
      }),
      { numRuns: 100, seed: 20261128 },
    )
  })
})

describe('any order of changes', () => {
  const pool = [
    ingress('one', 'a.test', { '/': 'web' }),
    ingress('one', 'a.test', { '/x': 'web', '/y': 'api' }, tls),
    ingress('one', '*.a.test', { '/': 'api' }),
    ingress('two', 'a.test', { '/x': 'api' }),
    ingress('two', '', { '/': 'web' }),
    ingress(
      'two',
      'b.test',
      { '/x': 'api' },
      '  defaultBackend: { service: { name: web, port: { number: 80 } } }\n',
    ),
    ingress('three', 'a.test', { '/x': 'web' }).replace(
      'name: three }',
      'name: three, annotations: { nginx.ingress.kubernetes.io/canary: "true", nginx.ingress.kubernetes.io/canary-weight: "10" } }',
    ),
    ingress('three', 'a.test', { '/': 'web' }).replace(
      'name: three }',
      'name: three, annotations: { nginx.ingress.kubernetes.io/use-regex: "true" } }',
    ),
    ingress('three', 'a.test', { '/x': 'gone' }).replace(
      'name: three }',
      'name: three, annotations: { nginx.ingress.kubernetes.io/canary: "true", tidegate.dev/tls: "?" } }',
    ),
    ingress('two', 'a.test', { '/x': 'gone', '/z': 'api' }).replace(
      'name: two }',
      'name: two, annotations: { tidegate.dev/tls: "?" } }',
    ),
    slice('web', '10.0.0.9'),
    slice('api'),
    secret,
    secret.replace('tls.crt: a.test', 'tls.crt: b.test'),
  ].map((yaml) =>
    yaml.replace(
      /metadata: { (namespace: \w+, )?name: (\w+)/,
      '$&, creationTimestamp: "2026-01-01T00:00:00Z"',
    ),
  )
  const change = fc.oneof(
    fc.constantFrom(...pool).map((yaml) => (objects: FixedObjects) => objects.put(yaml)),
    fc
      .constantFrom('default/one', 'default/two', 'default/three')
      .map((name) => (objects: FixedObjects) => objects.remove('Ingress', name)),
  )

  test('leads to what translating the end alone gives', () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
        const objects = new FixedObjects(service('web') + service('api') + secret)
        const settings = kubernetesSettings({ compat: 'ingress-nginx' })
        const translator = new KubernetesTranslator(settings)
        let last = translator.translate(objects, surroundings)
        for (const apply of changes) {
          apply(objects)
          last = translator.translate(objects, surroundings)
        }

        const alone = new KubernetesTranslator(settings).translate(objects, surroundings)

        assert.deepEqual({ ...last, clusters: byId(last) }, { ...alone, clusters: byId(alone) })
        assert.equal(router(last)('a.test/x'), router(alone)('a.test/x'))
      }),
      { numRuns: 200, seed: 20261128 },
    )
  })
})

function byId({ clusters }: KubernetesPieces) {
  return clusters.toSorted((a, b) => (a.content.id < b.content.id ? -1 : 1))
}
