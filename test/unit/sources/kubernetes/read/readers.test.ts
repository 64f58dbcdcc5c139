import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readEndpointSlice } from '../../../../../src/sources/kubernetes/read/endpoint-slice.ts'
import { readIngress } from '../../../../../src/sources/kubernetes/read/ingress.ts'
import { readIngressClass } from '../../../../../src/sources/kubernetes/read/ingress-class.ts'
import type { Reading } from '../../../../../src/sources/kubernetes/read/json.ts'
import { readIdentity } from '../../../../../src/sources/kubernetes/read/meta.ts'
import {
  readConfigMap,
  readNamespace,
  readNode,
  readReferenceGrant,
} from '../../../../../src/sources/kubernetes/read/others.ts'
import { readSecret } from '../../../../../src/sources/kubernetes/read/secret.ts'
import { readService } from '../../../../../src/sources/kubernetes/read/service.ts'
import { readStatusAddresses } from '../../../../../src/sources/kubernetes/read/status-address.ts'
import {
  classJson,
  configMapJson,
  ingressJson,
  metadata,
  nodeJson,
  secretJson,
  serviceJson,
  sliceJson,
} from '../../../../support/kubernetes/api-objects.ts'

function object<T>(cut: Reading<T>): T {
  assert.ok(cut.kind === 'read', cut.kind === 'refused' ? cut.why : '')
  return cut.object
}

function why(cut: Reading<unknown>): string {
  return cut.kind === 'refused' ? cut.why : 'read'
}

describe('an Ingress', () => {
  test('is cut down to what translation reads', () => {
    const json = ingressJson('web', {
      secret: 'web-tls',
      annotations: { 'tidegate.dev/timeout': '5s', other: 'x' },
    })

    assert.deepEqual(object(readIngress(json)), {
      meta: {
        uid: 'uid-web',
        namespace: 'shop',
        name: 'web',
        resourceVersion: '7',
        created: Date.parse('2026-01-02T03:04:05Z'),
        annotations: new Map([['tidegate.dev/timeout', '5s']]),
      },
      className: 'tidegate',
      defaultBackend: undefined,
      rules: [
        {
          host: 'web.test',
          paths: [{ path: '/', pathType: 'Prefix', backend: { kind: 'service', name: 'web', port: 80 } }],
        },
      ],
      tls: [{ hosts: ['web.test'], secretName: 'web-tls' }],
    })
  })

  test('may have a default backend alone, a port by name, a resource, a rule without paths', () => {
    const resource = { apiGroup: 'k8s.example', kind: 'Bucket', name: 'static' }
    const spec = {
      defaultBackend: { service: { name: 'web', port: { name: 'http' } } },
      rules: [
        { host: 'a.test' },
        { http: { paths: [{ pathType: 'Exact', path: '/x', backend: { resource } }] } },
      ],
    }

    const { className, defaultBackend, rules } = object(readIngress({ ...ingressJson('web'), spec }))

    assert.equal(className, undefined)
    assert.deepEqual(defaultBackend, { kind: 'service', name: 'web', port: 'http' })
    assert.deepEqual(rules, [
      { host: 'a.test', paths: [] },
      {
        host: '',
        paths: [
          {
            path: '/x',
            pathType: 'Exact',
            backend: { kind: 'resource', apiGroup: 'k8s.example', resource: 'Bucket', name: 'static' },
          },
        ],
      },
    ])
  })

  test('is frozen to the last list', () => {
    const ingress = object(readIngress(ingressJson('web', { secret: 'web-tls' })))

    const parts = [
      ingress,
      ingress.meta,
      ingress.rules,
      ingress.rules[0]?.paths,
      ingress.rules[0]?.paths[0]?.backend,
      ingress.tls,
    ]
    assert.deepEqual(
      parts.map(Object.isFrozen),
      parts.map(() => true),
    )
  })

  const backend = { service: { name: 'web', port: { number: 80 } } }
  const rule = (path: unknown) => ({ rules: [{ http: { paths: [path] } }] })
  const wrong: readonly (readonly [string, unknown])[] = [
    ['"spec.rules" is not a list', { rules: 'all' }],
    ['"spec.rules[0]" is not an object', { rules: [null] }],
    ['"spec.rules[0].host" is not a text', { rules: [{ host: 5 }] }],
    [
      '"spec.rules[0].http.paths[0].pathType" is not Exact, Prefix, ImplementationSpecific',
      rule({ backend, pathType: 'Regex' }),
    ],
    ['"spec.rules[0].http.paths[0].backend" is missing', rule({ pathType: 'Exact' })],
    [
      '"spec.rules[0].http.paths[0].backend.resource" is not an object',
      rule({ pathType: 'Exact', backend: {} }),
    ],
    [
      '"spec.rules[0].http.paths[0].backend.service.port.number" is not a port number',
      rule({ pathType: 'Exact', backend: { service: { name: 'web', port: { number: 70_000 } } } }),
    ],
    [
      '"spec.defaultBackend.service.port" has neither name nor number',
      { defaultBackend: { service: { name: 'web', port: {} } } },
    ],
    ['"spec.tls[0].hosts" is not a list of texts', { tls: [{ hosts: [1] }] }],
    ['"spec" is not an object', []],
  ]
  for (const [message, spec] of wrong) {
    test(`is refused where ${message}`, () => {
      assert.equal(why(readIngress({ ...ingressJson('web'), spec })), message)
    })
  }
})

describe('other objects', () => {
  test('an IngressClass tells controller, default and parameters', () => {
    const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' }
    const parameters = { kind: 'ConfigMap', name: 'defaults', namespace: 'ops' }
    const json = { ...classJson('tidegate'), metadata: metadata('tidegate', { namespace: '', annotations }) }

    const read = object(readIngressClass({ ...json, spec: { controller: 'x/y', parameters } }))

    assert.deepEqual([read.controller, read.isDefault], ['x/y', true])
    assert.deepEqual(read.parameters, { apiGroup: '', ...parameters })
  })

  test('a Service tells type, addresses, family and ports', () => {
    const { meta, ...read } = object(readService(serviceJson('web')))

    assert.equal(meta.name, 'web')
    assert.deepEqual(read, {
      type: 'ClusterIP',
      externalName: '',
      clusterIps: ['10.96.0.9'],
      ipFamily: 'IPv4',
      ports: [{ name: 'http', port: 80, protocol: 'TCP', appProtocol: '' }],
      addresses: [],
      externalIps: [],
    })
  })

  test('a headless Service has no addresses, an ExternalName has its name', () => {
    const headless = object(readService({ ...serviceJson('web'), spec: { clusterIPs: ['None'] } }))
    const external = object(
      readService({ ...serviceJson('web'), spec: { type: 'ExternalName', externalName: 'a.test' } }),
    )

    assert.deepEqual([headless.clusterIps, headless.type], [[], 'ClusterIP'])
    assert.deepEqual([external.externalName, external.ports], ['a.test', []])
  })

  test('an EndpointSlice takes what is not given as the API says', () => {
    const json = {
      ...sliceJson('web-1', 'web', []),
      ports: [{ name: '', port: null }],
      endpoints: [
        { addresses: ['10.244.0.1'] },
        { addresses: ['10.244.0.2'], conditions: { ready: false } },
        { addresses: ['10.244.0.3'], conditions: { ready: false, serving: true, terminating: true } },
        { addresses: ['10.244.0.4'], conditions: {}, hints: { forZones: [{ name: 'z1' }] } },
      ],
    }

    const read = object(readEndpointSlice(json))

    assert.equal(read.service, 'web')
    assert.deepEqual(read.ports, [{ name: '', port: undefined, protocol: 'TCP', appProtocol: '' }])
    assert.deepEqual(
      read.endpoints.map(({ isReady, isServing, isTerminating, zones }) => [
        isReady,
        isServing,
        isTerminating,
        zones,
      ]),
      [
        [true, true, false, []],
        [false, false, false, []],
        [false, true, true, []],
        [true, true, false, ['z1']],
      ],
    )
  })

  test('a Secret keeps what TLS can use, the key so that it cannot be printed', () => {
    const json = secretJson('web', 'the key')
    const data = {
      ...(json['data'] as object),
      'ca.crt': btoa('ca'),
      'ca.crl': btoa('crl'),
      password: btoa('x'),
    }

    const read = object(readSecret({ ...json, data }))

    assert.deepEqual([read?.certificate, read?.ca, read?.crl], ['certificate', 'ca', 'crl'])
    assert.equal(read?.key?.reveal(), 'the key')
    assert.doesNotMatch(JSON.stringify(read), /the key|password/)
  })

  test('a Secret with nothing for TLS is dropped', () => {
    assert.equal(object(readSecret({ ...secretJson('web', ''), data: { password: btoa('x') } })), undefined)
  })

  test('a Secret that is not base64 is refused without being shown', () => {
    assert.equal(
      why(readSecret({ ...secretJson('web', ''), data: { 'tls.key': 'no base64!' } })),
      '"data.tls.key" is not base64',
    )
  })

  test('a ConfigMap, a Namespace, a Node and a ReferenceGrant tell what is asked of them', () => {
    const grant = {
      from: [{ group: 'networking.k8s.io', kind: 'Ingress', namespace: 'a' }],
      to: [{ kind: 'Secret' }],
    }

    const node = object(readNode(nodeJson('n1', [['InternalIP', '10.0.0.1']], 'z1')))
    const read = object(readReferenceGrant({ metadata: metadata('g'), spec: grant }))

    assert.deepEqual([...object(readConfigMap(configMapJson('a', '1'))).data], [['value', '1']])
    assert.equal(object(readNamespace({ metadata: metadata('shop', { namespace: '' }) })).meta.name, 'shop')
    assert.deepEqual([node.zone, node.addresses], ['z1', [{ type: 'InternalIP', address: '10.0.0.1' }]])
    assert.deepEqual(read.from, grant.from)
    assert.deepEqual(read.to, [{ group: '', kind: 'Secret', name: '' }])
  })

  test('entries of a status that others wrote badly are left out', () => {
    const ingress = [{ ip: '192.0.2.1', ports: [{ port: 80 }] }, 'x', {}, { hostname: 'a.test', ip: 7 }]

    assert.deepEqual(readStatusAddresses({ status: { loadBalancer: { ingress } } }), [
      { ip: '192.0.2.1', ports: [{ port: 80 }] },
      { hostname: 'a.test' },
    ])
    assert.deepEqual(readStatusAddresses({ status: 'down' }), [])
  })
})

describe('hostile JSON', () => {
  const readers: Readonly<Record<string, (json: unknown) => Reading<unknown>>> = {
    Ingress: readIngress,
    IngressClass: readIngressClass,
    Service: readService,
    EndpointSlice: readEndpointSlice,
    ConfigMap: readConfigMap,
    Namespace: readNamespace,
    Node: readNode,
    ReferenceGrant: readReferenceGrant,
  }
  const junk: readonly unknown[] = [
    undefined,
    null,
    5,
    'x',
    [],
    {},
    { metadata: [] },
    { metadata: { name: 5 } },
  ]
  for (const [kind, read] of Object.entries(readers)) {
    test(`is refused by the reader of ${kind}, never thrown at`, () => {
      assert.deepEqual(
        junk.map((json) => read(json).kind),
        junk.map(() => 'refused'),
      )
    })
  }

  test('keys of prototypes are names like any other', () => {
    const json: unknown = JSON.parse(
      `{"metadata":{"name":"a","creationTimestamp":"2026-01-02T03:04:05Z"},"data":{"__proto__":"1","constructor":"2"}}`,
    )

    const { data } = object(readConfigMap(json))

    assert.deepEqual(
      [...data],
      [
        ['__proto__', '1'],
        ['constructor', '2'],
      ],
    )
    assert.equal(Object.hasOwn(Object.prototype, '1'), false)
  })

  test('what is inherited counts as not given', () => {
    assert.equal(readIdentity(JSON.parse('{"__proto__":{"metadata":{"name":"a"}}}')), undefined)
    assert.equal(readIngress(Object.create(ingressJson('web'))).kind, 'refused')
  })
})
