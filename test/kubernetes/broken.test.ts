import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { makeCa, serverCertificate } from '../support/certificates.ts'
import { annotationNames } from '../support/kubernetes/annotation-names.ts'
import { BrokenIngresses } from '../support/kubernetes/broken-ingresses.ts'
import { ClusterStage, type GatewayInCluster } from '../support/kubernetes/cluster-stage.ts'
import { KubeError } from '../support/kubernetes/kube-client.ts'
import { ingress, serviceObject, tlsSecret } from '../support/kubernetes/objects.ts'
import { load } from '../support/load-client.ts'

// A bad object never affects another. The seed is in the name of the suite: with TIDEGATE_TEST_SEED the same objects come again.

const seed = Number(process.env['TIDEGATE_TEST_SEED'] ?? randomInt(2 ** 31))
const count = 1000
const hosts = Array.from({ length: 20 }, (_, i) => `h${i}.good.test`)
const listeners = [
  { name: 'web', address: '127.0.0.1:0' },
  { name: 'web-tls', address: '127.0.0.1:0', tls: {} },
]

describe(`${count} broken Ingresses, seed ${seed}`, () => {
  const ca = makeCa()
  let stage: ClusterStage
  /** One for each meaning of ingress-nginx's annotations. */
  let gateways: readonly GatewayInCluster[]

  before(async () => {
    stage = await ClusterStage.open()
    const { namespace, className, client } = stage
    await stage.deploy({ service: 'web' })
    await client.create(
      tlsSecret({ namespace, name: 'good-tls', certificate: serverCertificate(ca, ['*.good.test']) }),
    )
    for (const host of hosts) {
      const name = host.replace('.good.test', '')
      const annotations = { 'tidegate.dev/tls-redirect': 'off' }
      const rules = { [host]: { '/': 'web:80', 'Exact /a': 'web:80' } }
      await client.create(
        ingress({ namespace, name, className, annotations, rules, tls: { 'good-tls': [host] } }),
      )
    }
    for (let i = 0; i < 3; i++) await openTenant(await stage.addNamespace())
    gateways = [await startGateway('off'), await startGateway('ingress-nginx')]
  })
  after(() => stage[Symbol.asyncDispose]())

  function startGateway(compat: string): Promise<GatewayInCluster> {
    return stage.startGateway({ listeners, settings: { compat } })
  }

  /** What broken Ingresses refer to. */
  async function openTenant(namespace: string): Promise<void> {
    const { client } = stage
    const certificate = serverCertificate(ca, ['other.test'])
    const broken = { ...certificate, keyPem: 'no key' }
    await stage.deploy({ namespace, service: 'tenant' })
    await client.createAll(
      serviceObject({
        namespace,
        name: 'external',
        ports: { http: 80 },
        type: 'ExternalName',
        externalName: 'metadata.test',
      }),
      serviceObject({ namespace, name: 'nowhere', ports: { http: 80, other: 81 } }),
      tlsSecret({ namespace, name: 'other-tls', certificate }),
      tlsSecret({ namespace, name: 'broken-tls', certificate: broken }),
    )
  }

  /** Creates them, several at a time, until the API server has accepted so many. */
  async function createBroken(): Promise<void> {
    const { className, client, namespaces } = stage
    const around = {
      namespaces: namespaces.slice(1),
      className,
      hosts,
      services: ['tenant'],
      annotations: annotationNames(),
    }
    const source = new BrokenIngresses(seed, around)
    let accepted = 0
    const createSome = async (): Promise<void> => {
      while (accepted < count) {
        accepted++
        const refusal = await client.create(source.next()).catch((error: unknown) => error)
        if (refusal instanceof KubeError && refusal.status === 422) accepted--
        else if (refusal instanceof Error) throw refusal
      }
    }
    await Promise.all(Array.from({ length: 8 }, createSome))
  }

  /** Who answers for the good hosts, by HTTP and HTTPS, and by which certificates: one line each. */
  async function answering(gateway: GatewayInCluster): Promise<Set<string>> {
    const answers = await Promise.all(
      hosts.flatMap((host) => [
        gateway.ask({ host }),
        gateway.ask({ host, path: '/a' }),
        gateway.askSecurely({ host }),
      ]),
    )
    return new Set(
      answers.map(({ status, echo, certificate }) => {
        const { namespace, service } = echo ?? {}
        return `${status} ${namespace}/${service} ${String(certificate?.subject.CN ?? 'plain')}`
      }),
    )
  }

  function goodAnswers(): Set<string> {
    return new Set([`200 ${stage.namespace}/web plain`, `200 ${stage.namespace}/web *.good.test`])
  }

  test('take nothing from good ones, while they come and afterwards', async (context) => {
    const done = new AbortController()
    context.after(() => done.abort())
    const loads = gateways.map((gateway) =>
      load({
        port: gateway.process.port('web'),
        connections: 2,
        request: (n) => `GET /load HTTP/1.1\r\nHost: ${hosts[n % hosts.length]}\r\n\r\n`,
        thinkMs: () => 5,
        signal: done.signal,
      }),
    )

    await createBroken()
    const { namespace, className, client } = stage
    await client.create(
      ingress({ namespace, name: 'last', className, rules: { 'last.example': { '/': 'web:80' } } }),
    )
    for (const gateway of gateways) await gateway.served({ host: 'last.example' }, 'web')
    done.abort()
    const results = await Promise.all(loads)

    for (const gateway of gateways) assert.deepEqual(await answering(gateway), goodAnswers())
    for (const { answered, failed, refusedByStatus, notConnected, reasons } of results) {
      assert.deepEqual(
        { failed, refusedByStatus, notConnected },
        { failed: 0, refusedByStatus: 0, notConnected: 0 },
        [...reasons].join(),
      )
      assert.ok(answered > 0)
    }
  })

  for (const compat of ['off', 'ingress-nginx']) {
    test(`let a gateway start that finds all of them, with compat ${compat}`, async () => {
      const gateway = await startGateway(compat)

      assert.deepEqual(await answering(gateway), goodAnswers())
      assert.deepEqual(gateway.process.odd, [])
    })
  }

  test('are told of', async () => {
    const { problems } = (await gateways[0]!.admin('/api/problems')) as {
      problems: { origin: { file: string } }[]
    }

    const told = new Set(
      problems.map(({ origin }) => origin.file).filter((file) => file.includes('/broken-')),
    )

    // The list is cut after a thousand, and most of them have several.
    assert.ok(told.size > 100, `${told.size} of them have a problem among the first ${problems.length}`)
  })
})
