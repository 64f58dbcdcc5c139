import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubernetesSettings } from '../../../../src/model/kubernetes-settings.ts'
import { KubernetesTranslator } from '../../../../src/translate/kubernetes/translator.ts'
import { FixedObjects } from '../../../support/kubernetes/fixed-objects.ts'
import {
  kubernetesSettings,
  members,
  router,
  surroundings,
  told,
  translated,
} from '../../../support/kubernetes/translation.ts'

function ingressTo(port: string, annotations = '{}'): string {
  return `
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, annotations: ${annotations} }
spec:
  ingressClassName: tidegate
  rules:
    - host: a.test
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: ${port} } } }] }`
}

function service(ports: string, more = 'clusterIPs: [10.96.0.1], ipFamilies: [IPv4]'): string {
  return `
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { ports: ${ports}, ${more} }`
}

function slice(name: string, ports: string, endpoints: string, addressType = 'IPv4'): string {
  return `
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}, labels: { kubernetes.io/service-name: web } }
addressType: ${addressType}
ports: ${ports}
endpoints: ${endpoints}`
}

const ready = (...addresses: string[]) =>
  JSON.stringify(addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })))

/** Endpoints of the one cluster, and problems. */
function endpointsOf(yaml: string, given: Partial<KubernetesSettings> = {}) {
  const pieces = translated(yaml, given)
  return { endpoints: Object.values(members(pieces))[0], problems: told(pieces) }
}

describe('the endpoints of a backend', () => {
  for (const [what, yaml, expected] of [
    [
      'are those of the number of the Service’s port (R-05)',
      ingressTo('{ number: 80 }') +
        service('[{ port: 80 }]') +
        slice('s', '[{ port: 8080 }]', ready('10.0.0.1', '10.0.0.2')),
      ['10.0.0.1:8080', '10.0.0.2:8080'],
    ],
    [
      'are those of the name of the Service’s port (R-04)',
      ingressTo('{ name: http }') +
        service('[{ name: http, port: 80 }, { name: admin, port: 81 }]') +
        slice('s', '[{ name: admin, port: 9000 }, { name: http, port: 8080 }]', ready('10.0.0.1')),
      ['10.0.0.1:8080'],
    ],
    [
      'are found for names with a dash, and names that say what they carry (R-03)',
      ingressTo('{ number: 7777 }') +
        service('[{ name: first-thing, port: 7777 }, { name: grpc-web, port: 90 }]') +
        slice('s', '[{ name: first-thing, port: 8080 }]', ready('10.0.0.1')),
      ['10.0.0.1:8080'],
    ],
    [
      'have the port that each slice has for a name (a named targetPort that differs by pod, R-04)',
      ingressTo('{ name: http }') +
        service('[{ name: http, port: 80, targetPort: web }]') +
        slice('s1', '[{ name: http, port: 8080 }]', ready('10.0.0.1')) +
        slice('s2', '[{ name: http, port: 9090 }]', ready('10.0.0.2')),
      ['10.0.0.1:8080', '10.0.0.2:9090'],
    ],
    [
      'need no labels of pods, and no selector: slices by hand (R-07)',
      ingressTo('{ number: 80 }') +
        service('[{ port: 80 }]', 'clusterIP: None') +
        slice('mine', '[{ port: 80 }]', ready('192.0.2.7')),
      ['192.0.2.7:80'],
    ],
    [
      'are in order, each once, wherever they stand',
      ingressTo('{ number: 80 }') +
        service('[{ port: 80 }]') +
        slice('s1', '[{ port: 80 }]', ready('10.0.0.3', '10.0.0.1')) +
        slice('s2', '[{ port: 80 }]', ready('10.0.0.1', '10.0.0.2')),
      ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80'],
    ],
    [
      'are those that are ready',
      ingressTo('{ number: 80 }') +
        service('[{ port: 80 }]') +
        slice(
          's',
          '[{ port: 80 }]',
          '[{ addresses: [10.0.0.1], conditions: { ready: false } }, { addresses: [10.0.0.2], conditions: {} }]',
        ),
      ['10.0.0.2:80'],
    ],
    [
      'are those that end and still serve, when none is ready',
      ingressTo('{ number: 80 }') +
        service('[{ port: 80 }]') +
        slice(
          's',
          '[{ port: 80 }]',
          `[{ addresses: [10.0.0.1], conditions: { ready: false, serving: true, terminating: true } },
            { addresses: [10.0.0.2], conditions: { ready: false, serving: false, terminating: true } },
            { addresses: [10.0.0.3], conditions: { ready: false, serving: false, terminating: false } }]`,
        ),
      ['10.0.0.1:80'],
    ],
    [
      'are of the first family of the Service',
      ingressTo('{ number: 80 }') +
        service('[{ port: 80 }]', 'ipFamilies: [IPv6, IPv4]') +
        slice('s4', '[{ port: 80 }]', ready('10.0.0.1')) +
        slice('s6', '[{ port: 80 }]', ready('2001:DB8:0::1'), 'IPv6'),
      ['2001:db8::1:80'],
    ],
    [
      'are of the other family when the first has none',
      ingressTo('{ number: 80 }') +
        service('[{ port: 80 }]', 'ipFamilies: [IPv6]') +
        slice('s4', '[{ port: 80 }]', ready('10.0.0.1')),
      ['10.0.0.1:80'],
    ],
    [
      'are the Service itself with service-upstream',
      ingressTo('{ number: 80 }', '{ tidegate.dev/service-upstream: "on" }') +
        service('[{ port: 80 }]') +
        slice('s', '[{ port: 8080 }]', ready('10.0.0.1')),
      ['10.96.0.1:80'],
    ],
  ] as const) {
    test(what, () => {
      const { endpoints, problems } = endpointsOf(yaml)

      assert.deepEqual(problems, [])
      assert.deepEqual(endpoints, expected)
    })
  }

  test('are of any number of ports of one Service (R-06)', () => {
    const second = ingressTo('{ name: two }')
      .replace('name: web, annotations', 'name: web2, annotations')
      .replace('a.test', 'b.test')
    const yaml =
      ingressTo('{ number: 1 }') +
      second +
      service('[{ name: one, port: 1 }, { name: two, port: 2 }]') +
      slice('s', '[{ name: one, port: 8001 }, { name: two, port: 8002 }]', ready('10.0.0.1'))

    assert.deepEqual(members(translated(yaml)), {
      'default/web:1': ['10.0.0.1:8001'],
      'default/web:two': ['10.0.0.1:8002'],
    })
  })

  test('are looked for in the namespace of the Ingress alone (R-01)', () => {
    const elsewhere = service('[{ port: 80 }]').replace('name: web', 'namespace: other, name: web')

    assert.match(
      endpointsOf(ingressTo('{ number: 80 }') + elsewhere).problems.join(),
      /^ServiceNotFound Ingress default\/web spec\.rules\[0\]\.http\.paths\[0\]\.backend\.service: service "default\/web" does not exist; create it in namespace "default"/,
    )
  })
})

describe('zone hints', () => {
  const hinted = (zones: readonly string[][]) =>
    ingressTo('{ number: 80 }') +
    service('[{ port: 80 }]') +
    slice(
      's',
      '[{ port: 80 }]',
      JSON.stringify(
        zones.map((names, index) => ({
          addresses: [`10.0.0.${index + 1}`],
          conditions: { ready: true },
          ...(names.length === 0 ? {} : { hints: { forZones: names.map((name) => ({ name })) } }),
        })),
      ),
    )
  const inZone = (zone: string | undefined, yaml: string) => {
    const objects = new FixedObjects(yaml)
    objects.zone = zone
    return members(new KubernetesTranslator(kubernetesSettings()).translate(objects, surroundings))[
      'default/web:80'
    ]
  }

  for (const [what, zone, zones, expected] of [
    [
      'put endpoints of other zones behind ours',
      'a',
      [['a'], ['b'], ['a', 'b']],
      ['10.0.0.1:80', '10.0.0.2:80!', '10.0.0.3:80'],
    ],
    [
      'say nothing when one endpoint has none',
      'a',
      [['a'], [], ['b']],
      ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80'],
    ],
    ['say nothing when none is for our zone', 'c', [['a'], ['b']], ['10.0.0.1:80', '10.0.0.2:80']],
    ['say nothing when our zone is not known', undefined, [['a'], ['b']], ['10.0.0.1:80', '10.0.0.2:80']],
  ] as readonly (readonly [string, string | undefined, string[][], string[]])[]) {
    test(what, () => {
      assert.deepEqual(inZone(zone, hinted(zones)), expected)
    })
  }
})

describe('a backend that is not there', () => {
  for (const [what, yaml, expected] of [
    ['a Service', ingressTo('{ number: 80 }'), /^ServiceNotFound /],
    [
      'a number of a port',
      ingressTo('{ number: 81 }') + service('[{ name: http, port: 80 }, { name: api, port: 8080 }]'),
      /^ServicePortNotFound .*service "default\/web" has no port 81: it has 80 \("http"\), 8080 \("api"\); write one of these/,
    ],
    [
      'a name of a port',
      ingressTo('{ name: htpt }') + service('[{ name: http, port: 80 }, { name: api, port: 8080 }]'),
      /^ServicePortNotFound .*has no port "htpt": it has .*; did you mean "port\.name: http"\?$/,
    ],
    [
      'the only port',
      ingressTo('{ name: http }') + service('[{ port: 80 }]'),
      /has no port "http": it has 80; write "port\.number: 80"$/,
    ],
    [
      'a port with TCP',
      ingressTo('{ number: 53 }') + service('[{ port: 53, protocol: UDP }]'),
      /has no port 53: it has none with TCP/,
    ],
    [
      'endpoints',
      ingressTo('{ number: 80 }') + service('[{ port: 80 }]'),
      /^EndpointsMissing .*warning: service "default\/web" has no endpoint for port 80; see whether its selector fits/,
    ],
    [
      'endpoints that are ready',
      ingressTo('{ number: 80 }') +
        service('[{ port: 80 }]') +
        slice('s', '[{ port: 80 }]', '[{ addresses: [10.0.0.1], conditions: { ready: false } }]'),
      /^EndpointsMissing .*has no endpoint that is ready for port 80, and 1 that is not/,
    ],
  ] as const) {
    test(`keeps its path, leads to a cluster without endpoints, and is told: ${what}`, () => {
      const pieces = translated(yaml)

      assert.match(router(pieces)('a.test/x'), /^default\/web:/)
      assert.deepEqual(Object.values(members(pieces)), [[]])
      assert.equal(pieces.accepted.length, 1)
      assert.equal(told(pieces).length, 1)
      assert.match(told(pieces)[0] ?? '', expected)
    })
  }

  test('a resource is told, and keeps its path closed', () => {
    const yaml = ingressTo('{ number: 80 }').replace(
      'service: { name: web, port: { number: 80 } }',
      'resource: { apiGroup: x.test, kind: Bucket, name: pictures }',
    )
    const pieces = translated(yaml)

    assert.match(
      told(pieces)[0] ?? '',
      /^ResourceBackendUnsupported Ingress default\/web spec\.rules\[0\]\.http\.paths\[0\]\.backend\.resource: backend is "Bucket" "pictures"/,
    )
    assert.deepEqual(pieces.routes[0]?.content.target, { kind: 'empty' })
  })
})

describe('service-upstream of a headless Service', () => {
  test('is told, and its endpoints are used', () => {
    const { endpoints, problems } = endpointsOf(
      ingressTo('{ number: 80 }', '{ tidegate.dev/service-upstream: "on" }') +
        service('[{ port: 80 }]', 'clusterIP: None') +
        slice('s', '[{ port: 8080 }]', ready('10.0.0.1')),
    )

    assert.match(problems.join(), /^ServiceWithoutAddress .*service "default\/web" has no address of its own/)
    assert.deepEqual(endpoints, ['10.0.0.1:8080'])
  })
})

describe('a Service of type ExternalName', () => {
  const external = (name: string, ports = '[{ port: 80 }]') =>
    service(ports, `type: ExternalName, externalName: ${name}`)

  test('leads to a name that the operator allows', () => {
    const { clusters, problems } = translated(ingressTo('{ number: 80 }') + external('api.partner.test'), {
      externalNames: ['*.partner.test'],
    })

    assert.deepEqual(problems, [])
    const { guard, ...dns } = clusters[0]?.content.dns ?? {}
    assert.deepEqual(dns, { host: 'api.partner.test', port: 80, interval: 30_000, minimum: 1000 })
    assert.ok(guard?.refused.includes('127.0.0.0/8'))
  })

  test('needs no ports for a backend with a number', () => {
    const { clusters } = translated(ingressTo('{ number: 8443 }') + external('api.partner.test', '[]'), {
      externalNames: ['api.partner.test'],
    })

    assert.equal(clusters[0]?.content.dns?.port, 8443)
  })
})
