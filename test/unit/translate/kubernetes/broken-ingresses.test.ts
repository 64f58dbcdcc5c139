import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { buildModel } from '../../../../src/model/build.ts'
import type { KubernetesSettings } from '../../../../src/model/kubernetes-settings.ts'
import { buildTable } from '../../../../src/routing/table.ts'
import { nativeAnnotations } from '../../../../src/translate/kubernetes/annotations/native-table.ts'
import { nginxFacts } from '../../../../src/translate/kubernetes/annotations/nginx/table.ts'
import type {
  IngressBackend,
  IngressObject,
  IngressPath,
} from '../../../../src/translate/kubernetes/objects.ts'
import type { KubernetesPieces } from '../../../../src/translate/kubernetes/pieces.ts'
import { KubernetesTranslator } from '../../../../src/translate/kubernetes/translator.ts'
import { Registry } from '../../../../src/upstream/registry.ts'
import { fakeDeps } from '../../../support/clusters.ts'
import { FixedObjects } from '../../../support/kubernetes/fixed-objects.ts'
import {
  ingress,
  kubernetesSettings,
  service,
  surroundings,
} from '../../../support/kubernetes/translation.ts'
import { modelOf } from '../../../support/model.ts'
import { filterOf } from '../../filters/drafts.ts'

const good = [1, 2, 3, 4]
  .map((number) =>
    ingress(`good/one${number}`, `g${number}.test`, { '/': 'web', '/api': 'web', '/x': 'gone' }),
  )
  .join('')
const base = good + service('good/web') + service('bad/web')

const odd = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '',
    '/',
    '*',
    '**.a.test',
    '*.g1.test',
    'g1.test',
    'a.test',
    'A.Test.',
    '[::1]',
    '127.0.0.1',
    '/api',
    '/api/',
    '/a//b',
    '/%',
    '/(',
    '/(a+)+$',
    '/a{1000}{1000}',
    '/.*',
    '/*',
    '../..',
    '\0',
    'x'.repeat(300),
    '__proto__',
  ),
)

const names = [
  ...[...nativeAnnotations.keys()].map((name) => `tidegate.dev/${name}`),
  ...[...nginxFacts.keys()].map((name) => `nginx.ingress.kubernetes.io/${name}`),
]

const value = fc.oneof(
  odd,
  fc.constantFrom(
    'true',
    'false',
    'on',
    'off',
    '1',
    '0',
    '-1',
    '10m',
    '5s',
    'always',
    '/$1',
    '/x/$1/$9',
    '[GET]',
    '10.0.0.0/8',
    '10.0.0.0/8,10.1.0.0/16',
    'https',
    'GRPC',
    'h2c',
    'cookie',
    'X-Canary',
    'a.test,b.test',
    '[{ respond: { status: 200 } }]',
    '{ a: b }',
    '50',
  ),
)

const annotations = fc
  .array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 6 })
  .map((entries) => new Map(entries))

const backend: fc.Arbitrary<IngressBackend> = fc.oneof(
  fc.record({
    kind: fc.constant('service' as const),
    name: fc.oneof(fc.constant('web'), odd),
    port: fc.oneof(fc.constant(80), fc.integer({ min: -1, max: 70_000 }), odd),
  }),
  fc.record({ kind: fc.constant('resource' as const), apiGroup: odd, resource: odd, name: odd }),
)

const path: fc.Arbitrary<IngressPath> = fc.record({
  path: odd,
  pathType: fc.constantFrom('Exact', 'Prefix', 'ImplementationSpecific'),
  backend,
})

const broken: fc.Arbitrary<IngressObject> = fc
  .record({
    annotations,
    created: fc.integer({ min: Date.UTC(2026, 1), max: Date.UTC(2026, 2) }),
    defaultBackend: fc.option(backend, { nil: undefined }),
    rules: fc.array(fc.record({ host: odd, paths: fc.array(path, { maxLength: 4 }) }), { maxLength: 3 }),
    tls: fc.array(fc.record({ hosts: fc.array(odd, { maxLength: 2 }), secretName: odd }), { maxLength: 2 }),
    name: fc.integer({ min: 1, max: 1_000_000 }),
  })
  .map(({ annotations, created, name, ...spec }) => ({
    meta: {
      uid: `u${name}`,
      namespace: 'bad',
      name: `bad${name}`,
      resourceVersion: '1',
      created,
      annotations,
    },
    className: 'tidegate',
    ...spec,
  }))

/** The good objects, and broken ones among them. */
class MixedObjects extends FixedObjects {
  readonly #broken: readonly IngressObject[]

  constructor(broken: readonly IngressObject[]) {
    super(base)
    this.#broken = broken
  }

  override ingresses(): Iterable<IngressObject> {
    return [...this.#broken, ...super.ingresses()]
  }
}

function translate(
  ingresses: readonly IngressObject[],
  given: Partial<KubernetesSettings>,
): KubernetesPieces {
  return new KubernetesTranslator(kubernetesSettings(given)).translate(
    new MixedObjects(ingresses),
    surroundings,
  )
}

/** Compiles everything, as a worker does. */
function compile({ routes, clusters }: KubernetesPieces): number {
  const { settings } = modelOf('listeners: [{ name: web, address: ":8080" }]')
  const model = buildModel({ settings, listeners: [], routes, clusters }, new Map())
  buildTable(model.routes, ({ filters, match }) => filters.map((filter) => filterOf(filter, match.path)))
  new Registry(fakeDeps().deps).apply({ put: model.clusters, removed: [] })
  return model.routes.length
}

const ofGood = ({ routes }: KubernetesPieces) =>
  routes.filter(({ content }) => content.id.startsWith('ingress/good/')).map(({ content }) => content)

describe('broken Ingresses among good ones', () => {
  for (const given of [
    { compat: 'off', implementationSpecific: 'prefix' },
    { compat: 'ingress-nginx', implementationSpecific: 'prefix' },
    { compat: 'ingress-nginx', implementationSpecific: 'linkerd', tlsRedirect: 'off' },
    {
      compat: 'off',
      implementationSpecific: 'istio',
      defaultBackend: { namespace: 'good', name: 'web', port: 80 },
    },
  ] as const) {
    const alone = ofGood(translate([], given))

    test(`change nothing of them, and all that is made can be compiled: ${JSON.stringify(given)}`, () => {
      fc.assert(
        fc.property(fc.array(broken, { minLength: 20, maxLength: 20 }), (ingresses) => {
          const pieces = translate(ingresses, given)

          assert.deepEqual(ofGood(pieces), alone)
          assert.equal(compile(pieces), pieces.routes.length)
        }),
        { numRuns: 50, seed: 20261128 },
      )
    })
  }

  test('give problems that have a known reason, an object, a place and a remedy', () => {
    fc.assert(
      fc.property(fc.array(broken, { minLength: 10, maxLength: 10 }), (ingresses) => {
        for (const { reason, object, origin, message, remedy } of translate(ingresses, {}).problems) {
          assert.match(reason, /^[A-Z][A-Za-z]+$/)
          assert.ok(object.name !== '' && origin.file.endsWith(object.name))
          assert.doesNotMatch(`${message}; ${remedy}`, /\p{Cc}|\.$|undefined|\[object/u)
        }
      }),
      { numRuns: 50, seed: 20261128 },
    )
  })
})
