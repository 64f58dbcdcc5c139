import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ingress, service, told, translated } from '../../../support/kubernetes/translation.ts'

function yamlWith({ appProtocol = '', annotations = '{}', more = '' }): string {
  return `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { namespace: shop, name: web, annotations: ${annotations} }
spec:
  ingressClassName: tidegate
  rules:
    - host: a.test
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] }
---
apiVersion: v1
kind: Service
metadata: { namespace: shop, name: web }
spec: { ports: [{ port: 80${appProtocol === '' ? '' : `, appProtocol: ${appProtocol}`} }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { namespace: shop, name: web-1, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
ports: [{ port: 8080 }]
endpoints: [{ addresses: [10.0.0.1] }]
---
${more}`
}

function clusterOf(parts: Parameters<typeof yamlWith>[0]) {
  const pieces = translated(yamlWith(parts))
  return { cluster: pieces.clusters[0]?.content, problems: told(pieces), materials: pieces.materials }
}

describe('appProtocol of a port', () => {
  for (const [appProtocol, protocol, tls] of [
    ['', 'http/1.1', undefined],
    ['http', 'http/1.1', undefined],
    ['https', 'http/1.1', 'web.shop.svc'],
    ['HTTPS', 'http/1.1', 'web.shop.svc'],
    ['kubernetes.io/h2c', 'h2', undefined],
    ['h2c', 'h2', undefined],
    ['grpc', 'h2', undefined],
    ['grpcs', 'h2', 'web.shop.svc'],
    ['kubernetes.io/ws', 'http/1.1', undefined],
    ['kubernetes.io/wss', 'http/1.1', 'web.shop.svc'],
    ['example.com/own', 'http/1.1', undefined],
  ] as const) {
    test(`${appProtocol || '(none)'} is spoken to as ${protocol}${tls === undefined ? '' : ' over verified TLS'}`, () => {
      const { cluster, problems } = clusterOf({ appProtocol })

      assert.deepEqual(problems, [])
      assert.equal(cluster?.protocol, protocol)
      assert.equal(cluster.tls?.serverName, tls)
      assert.equal(cluster.tls?.verify, tls === undefined ? undefined : 'on')
    })
  }

  test('loses against the annotation backend-protocol', () => {
    const { cluster } = clusterOf({
      appProtocol: 'https',
      annotations: '{ tidegate.dev/backend-protocol: h2c }',
    })

    assert.deepEqual([cluster?.protocol, cluster?.tls], ['h2', undefined])
  })

  test('that leaves out a header of the PROXY protocol is told', () => {
    const { cluster, problems } = clusterOf({
      appProtocol: 'grpc',
      annotations: '{ tidegate.dev/proxy-protocol: v2 }',
    })

    assert.match(problems.join(), /^ClusterSettingsConflict Ingress shop\/web /)
    assert.equal(cluster?.proxyProtocol, 'off')
  })
})

describe('TLS towards a backend', () => {
  const asked =
    '{ tidegate.dev/backend-protocol: https, tidegate.dev/tls.ca-secret: pki, tidegate.dev/tls.certificate-secret: client }'
  const secrets = (ca: string) => `
apiVersion: v1
kind: Secret
metadata: { namespace: shop, name: pki }
stringData: { ca.crt: ${ca}, ca.crl: list }
---
apiVersion: v1
kind: Secret
metadata: { namespace: shop, name: client }
type: kubernetes.io/tls
stringData: { tls.crt: client.test, tls.key: k }`

  test('uses authorities, revocations and certificate of Secrets in the namespace of the Ingress', () => {
    const { cluster, problems, materials } = clusterOf({ annotations: asked, more: secrets('ours') })

    assert.deepEqual(problems, [])
    assert.equal(cluster?.tls?.certificate?.file, 'Secret shop/client')
    assert.deepEqual(
      new Set(materials.map(({ id }) => id)),
      new Set([cluster.tls.ca, cluster.tls.crl, cluster.tls.certificate.material]),
    )
  })

  for (const [what, more, expected] of [
    [
      'is missing',
      '',
      /SecretNotFound Ingress shop\/web metadata\.annotations\[tidegate\.dev\/tls\.ca-secret\]: secret "shop\/pki" does not exist/,
    ],
    [
      'is broken',
      secrets('broken'),
      /SecretBroken .*\[tidegate\.dev\/tls\.ca-secret\]: secret "shop\/pki" holds no certificate in PEM/,
    ],
  ] as const) {
    test(`sends nothing when a Secret ${what}`, () => {
      const { cluster, problems } = clusterOf({ annotations: asked, more })

      assert.match(problems.join('\n'), expected)
      assert.deepEqual(cluster?.endpoints, [])
    })
  }

  test('tells of a Secret that is certificate and authority once, with a command that creates it whole', () => {
    const both =
      '{ nginx.ingress.kubernetes.io/backend-protocol: HTTPS, nginx.ingress.kubernetes.io/proxy-ssl-secret: shop/edge }'
    const { problems } = clusterOf({ annotations: both })

    assert.deepEqual(problems.slice(-1), [
      'SecretNotFound Ingress shop/web metadata.annotations[nginx.ingress.kubernetes.io/proxy-ssl-secret]: secret "shop/edge" does not exist, or holds nothing for TLS; create it: "kubectl -n shop create secret generic edge --from-file=tls.crt=FILE --from-file=tls.key=FILE --from-file=ca.crt=FILE"',
    ])
    assert.equal(problems.filter((problem) => problem.startsWith('SecretNotFound')).length, 1)
  })

  test('tells of a Secret once for all Services of an Ingress', () => {
    const annotations = 'tidegate.dev/tls.ca-secret: pki'
    const yaml = ingress('web', 'a.test', { '/': 'web', '/api': 'api' }) + service('web') + service('api')
    const pieces = translated(yaml.replace('name: web }', `name: web, annotations: { ${annotations} } }`))

    assert.deepEqual(
      pieces.problems.map(({ reason, origin }) => `${reason} ${origin.field}`),
      ['SecretNotFound metadata.annotations[tidegate.dev/tls.ca-secret]'],
    )
  })
})
