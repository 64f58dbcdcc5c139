import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type MadeCertificate, makeCa, serverCertificate } from '../support/certificates.ts'
import { ClusterStage, type GatewayInCluster } from '../support/kubernetes/cluster-stage.ts'
import { ingress, tlsSecret } from '../support/kubernetes/objects.ts'

// Hosts, default backends, classes and load balancing, as the reference of networking.k8s.io/v1 Ingress says and the conformance
// suite for it asks: https://github.com/kubernetes-sigs/ingress-controller-conformance. Each waits, as it does, for an address in
// the status before it asks.

const address = '127.0.0.1'

/** The suite wants a Server header in answers: `config/kubernetes.yaml` and the chart have the listeners so. */
const listeners = [
  { name: 'web', address: `${address}:0`, serverHeader: 'tidegate' },
  { name: 'web-tls', address: `${address}:0`, serverHeader: 'tidegate', tls: {} },
]

async function openStage(): Promise<[ClusterStage, GatewayInCluster]> {
  const stage = await ClusterStage.open()
  const status = { from: 'addresses', addresses: [address] }
  return [stage, await stage.startGateway({ listeners, settings: { status } })]
}

async function published(stage: ClusterStage, name: string): Promise<void> {
  const { namespace } = stage
  await stage.client.waitFor(
    'Ingress',
    { namespace, name },
    {
      until: ({ status }) => status?.loadBalancer?.ingress?.[0]?.ip === address,
      what: `the status of ${name} has the address`,
    },
  )
}

describe('an Ingress with a default backend alone', () => {
  let stage: ClusterStage
  let gateway: GatewayInCluster

  before(async () => {
    ;[stage, gateway] = await openStage()
    const { namespace, className } = stage
    await stage.deploy({ service: 'echo', ingress: 'default-backend', ports: { '': 8080 } })
    await stage.client.create(
      ingress({ namespace, name: 'default-backend', className, defaultBackend: 'echo:8080' }),
    )
    await published(stage, 'default-backend')
  })
  after(() => stage[Symbol.asyncDispose]())

  for (const [method, host, path] of [
    ['GET', 'my-host', '/'],
    ['GET', 'my-host', '/path'],
    ['POST', 'my-host', '/path'],
    ['PUT', 'my-host', '/resource'],
    ['DELETE', 'some-other.test', '/resource'],
    ['PATCH', '192.0.2.7:8080', '/a/resource?of=any'],
  ] as const) {
    test(`serves ${method} ${host}${path}`, async () => {
      const { status, httpVersion, echo, headers } = await gateway.ask({ method, host, path })

      assert.equal(status, 200)
      assert.equal(httpVersion, '1.1')
      assert.deepEqual([echo?.method, echo?.host, echo?.path, echo?.proto], [method, host, path, 'HTTP/1.1'])
      assert.deepEqual(
        [echo?.namespace, echo?.ingress, echo?.service],
        [stage.namespace, 'default-backend', 'echo'],
      )
      for (const name of ['content-length', 'content-type', 'date', 'server'])
        assert.ok(name in headers, name)
    })
  }
})

describe('the host of a rule', () => {
  let stage: ClusterStage
  let gateway: GatewayInCluster
  let certificate: MadeCertificate

  before(async () => {
    ;[stage, gateway] = await openStage()
    const { namespace, className } = stage
    certificate = serverCertificate(makeCa(), ['foo.bar.test'])
    await stage.deploy({ service: 'wildcard', ports: { http: { port: 8080, targetPort: 3000 } } })
    await stage.deploy({ service: 'exact', ports: { http: { port: 80, targetPort: 3000 } } })
    await stage.client.create(tlsSecret({ namespace, name: 'conformance-tls', certificate }))
    await stage.client.create(
      ingress({
        namespace,
        name: 'hosts',
        className,
        rules: { '*.foo.test': { '/': 'wildcard:8080' }, 'foo.bar.test': { '/': 'exact:http' } },
        tls: { 'conformance-tls': ['foo.bar.test'] },
      }),
    )
    await published(stage, 'hosts')
  })
  after(() => stage[Symbol.asyncDispose]())

  test('is served over TLS with the certificate for it, by a port given by name', async () => {
    const { status, echo, certificate: shown } = await gateway.askSecurely({ host: 'foo.bar.test' })

    assert.deepEqual([status, echo?.service, echo?.host], [200, 'exact', 'foo.bar.test'])
    assert.deepEqual(shown?.raw, certificate.der)
  })

  test('as a wildcard is served when one label stands in its place', async () => {
    const { status, echo } = await gateway.ask({ host: 'bar.foo.test' })

    assert.deepEqual([status, echo?.service, echo?.host], [200, 'wildcard', 'bar.foo.test'])
  })

  for (const [host, what] of [
    ['baz.bar.foo.test', 'as a wildcard is not two labels'],
    ['foo.test', 'as a wildcard is not no label'],
    ['sub.bar.test', 'is not another host of its domain'],
  ] as const) {
    test(`${what}: ${host} is 404`, async () => {
      const { status, echo } = await gateway.ask({ host })

      assert.deepEqual([status, echo], [404, undefined])
    })
  }
})

describe('an Ingress of a class that nobody knows', () => {
  let stage: ClusterStage

  before(async () => {
    ;[stage] = await openStage()
  })
  after(() => stage[Symbol.asyncDispose]())

  test('gets no status', async () => {
    const { namespace, className, client } = stage
    await stage.deploy({ service: 'web' })
    const rules = { 'a.test': { '/': 'web:80' } }
    await client.create(ingress({ namespace, name: 'foreign', className: 'some-invalid-class', rules }))

    // What came later has one.
    await client.create(ingress({ namespace, name: 'ours', className, rules }))
    await published(stage, 'ours')
    const { status } = await client.get('Ingress', { namespace, name: 'foreign' })

    assert.deepEqual(status, { loadBalancer: {} })
  })
})

describe('the load of a Service', () => {
  let stage: ClusterStage
  let gateway: GatewayInCluster

  before(async () => {
    ;[stage, gateway] = await openStage()
  })
  after(() => stage[Symbol.asyncDispose]())

  test('goes to all of its pods after it was scaled to ten', async () => {
    const { namespace, className, client } = stage
    const deployment = await stage.deploy({ service: 'balanced' })
    await client.create(
      ingress({ namespace, name: 'balanced', className, rules: { 'lb.test': { '/': 'balanced:80' } } }),
    )
    await published(stage, 'balanced')

    await deployment.scale(10)
    await gateway.askUntil(
      { host: 'lb.test' },
      { is: ({ echo }) => echo?.pod !== 'balanced-0', what: 'a new pod answers' },
    )
    // Random choice leaves one of ten out in 200 requests once in 100 million times.
    const answers = await Promise.all(Array.from({ length: 200 }, () => gateway.ask({ host: 'lb.test' })))

    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    assert.equal(new Set(answers.map(({ echo }) => echo?.pod)).size, 10)
  })
})
