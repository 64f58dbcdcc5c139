import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Model } from '../../../src/model/model.ts'
import { printProblem } from '../../../src/model/problem.ts'
import { translateStandalone } from '../../../src/translate/standalone.ts'
import { FakeMaterials } from '../../support/fake-materials.ts'
import { type ChartValues, renderChart } from '../../support/kubernetes/helm.ts'
import { gatewayConfig, oneOf } from '../../support/kubernetes/rendered.ts'
import { root } from '../../support/source-files.ts'

/** What the gateway makes of a configuration. @throws {Error} with every problem there is, warnings too. */
function loaded(text: string): Model {
  const surroundings = { env: {}, readSecret: () => undefined, materials: new FakeMaterials() }
  const { model, problems } = translateStandalone([{ path: 'gateway.yaml', text }], surroundings)
  if (model === undefined || problems.length > 0) throw new Error(problems.map(printProblem).join('\n'))
  return model
}

const modelOf = async (wish: ChartValues): Promise<Model> => loaded(gatewayConfig(await renderChart(wish)))

describe('the gateway takes the configuration of the chart', () => {
  const table: readonly (readonly [string, ChartValues])[] = [
    ['as it is', {}],
    ['of a load balancer', { example: 'cloud-load-balancer' }],
    ['of bare metal', { example: 'bare-metal-daemonset' }],
    ['in the place of ingress-nginx', { example: 'replace-ingress-nginx' }],
    ['with one worker and no delay', { values: { workers: 1, drain: { delaySeconds: 0 } } }],
    ['without a listener for TLS', { values: { listeners: { https: null } } }],
    ['without metrics', { values: { metrics: { enabled: false } } }],
    ['with every switch the other way', { values: { kubernetes: otherWay() } }],
    ['with Secrets by name', { values: { kubernetes: { secrets: { mode: 'names', names: ['shop/web'] } } } }],
    ['with Secrets of the cluster', { values: { kubernetes: { secrets: { mode: 'cluster' } } } }],
    [
      'with addresses in the status',
      { values: { kubernetes: { status: { from: 'addresses', addresses: ['192.0.2.1'] } } } },
    ],
    [
      'with parameters of the class',
      { values: { ingressClass: { parameters: { name: 'defaults', namespace: 'edge' } } } },
    ],
  ]
  for (const [name, wish] of table) {
    test(name, async () => {
      const model = await modelOf(wish)

      assert.ok(model.listeners.length > 0)
    })
  }
})

/** Every key of `kubernetes`, none at its default. */
function otherWay(): object {
  return {
    controller: 'example.com/edge',
    class: 'edge',
    watchWithoutClass: true,
    compat: 'ingress-nginx',
    implementationSpecific: 'istio',
    listeners: ['http'],
    namespaces: { selector: 'edge=tidegate' },
    secrets: { namespaces: ['shop'] },
    defaultCertificate: 'edge/default-tls',
    defaultBackend: 'edge/not-found:80',
    tlsRedirect: false,
    status: { from: 'nodes' },
    leaderElection: { lease: 'edge', namespace: 'leases' },
    events: false,
    hostOwnership: 'object',
    hostCooling: 'none',
    allowedHosts: [{ namespaces: ['shop'], hosts: ['*.shop.test'] }],
    catchAll: [],
    externalNames: ['*.example.org'],
    allowedEndpoints: ['10.0.0.0/24'],
    zoneHints: true,
    classParameters: ['edge/defaults'],
    referenceGrants: true,
    optInAnnotations: ['access-log'],
  }
}

describe('a value of the chart reaches the gateway', () => {
  test('for every key of "kubernetes"', async () => {
    const settings = (await modelOf({ values: { kubernetes: otherWay() } })).settings.kubernetes

    assert.deepEqual(settings, {
      kubeconfig: undefined,
      context: undefined,
      controller: 'example.com/edge',
      className: 'edge',
      watchWithoutClass: 'on',
      compat: 'ingress-nginx',
      implementationSpecific: 'istio',
      listeners: ['http'],
      namespaces: { kind: 'selector', selector: 'edge=tidegate' },
      secrets: { mode: 'namespaces', namespaces: ['edge', 'shop'] },
      defaultCertificate: { namespace: 'edge', name: 'default-tls' },
      defaultBackend: { namespace: 'edge', name: 'not-found', port: 80 },
      tlsRedirect: 'off',
      status: { from: 'nodes' },
      leaderElection: { lease: 'edge', namespace: 'leases' },
      events: 'off',
      hostOwnership: 'object',
      hostCooling: 0,
      allowedHosts: [{ namespaces: ['shop'], hosts: ['*.shop.test'] }],
      catchAll: [],
      externalNames: ['*.example.org'],
      allowedEndpoints: ['10.0.0.0/24'],
      zoneHints: 'on',
      classParameters: [{ namespace: 'edge', name: 'defaults' }],
      referenceGrants: 'on',
      optInAnnotations: ['access-log'],
    })
  })

  test('and those at their defaults are the defaults of the gateway, but for the status', async () => {
    const plain = loaded('{ listeners: [{ name: http, address: ":8080" }], kubernetes: {} }')

    const rendered = await modelOf({})

    const status = { from: 'service', service: { namespace: 'tidegate', name: 'tidegate' } }
    const leaderElection = { lease: 'tidegate-leader', namespace: 'tidegate' }
    assert.deepEqual(rendered.settings.kubernetes, { ...plain.settings.kubernetes, status, leaderElection })
  })

  test('for listeners, their further keys and their ports', async () => {
    const listeners = {
      http: { settings: { trustedProxies: ['10.0.0.0/24'] } },
      db: { port: 5432, settings: { tcp: { to: 'db' } } },
    }
    const config = { clusters: { db: { endpoints: ['10.0.0.9:5432'] } } }

    const model = await modelOf({ values: { listeners, config } })

    assert.deepEqual(
      model.listeners.map(({ id, publicPort }) => [id, publicPort]),
      [
        ['db', undefined],
        ['http', 80],
        ['https', 443],
      ],
    )
  })
})

test('Kubernetes waits 10 s longer than the gateway drains', async () => {
  const objects = await renderChart({ values: { drain: { delaySeconds: 7, timeoutSeconds: 40 } } })

  const { drain } = loaded(gatewayConfig(objects)).settings
  const pod = oneOf(objects, 'Deployment').spec?.template.spec
  assert.deepEqual([drain.delay, drain.timeout], [7000, 40_000])
  assert.equal(pod?.terminationGracePeriodSeconds, 57)
})

test('pods are replaced when the configuration changes', async () => {
  const checksum = async (wish: ChartValues): Promise<string | undefined> =>
    oneOf(await renderChart(wish), 'Deployment').spec?.template.metadata?.annotations?.['checksum/config']

  const [one, same, other] = [
    await checksum({}),
    await checksum({ values: { replicas: 5 } }),
    await checksum({ values: { workers: 4 } }),
  ]

  assert.match(one ?? '', /^[0-9a-f]{64}$/)
  assert.equal(same, one)
  assert.notEqual(other, one)
})

describe('the gateway takes the configuration of kustomize', () => {
  for (const folder of ['base', 'overlays/example']) {
    test(folder, () => {
      const text = readFileSync(join(root, 'deploy/kubernetes', folder, 'gateway.yaml'), 'utf8')

      assert.equal(loaded(text).listeners.length, 2)
    })
  }
})
