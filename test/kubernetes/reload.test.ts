import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type MadeCertificate, makeCa, serverCertificate } from '../support/certificates.ts'
import { testFolder } from '../support/folder.ts'
import type { Config } from '../support/gateway.ts'
import { ClusterStage, type GatewayInCluster } from '../support/kubernetes/cluster-stage.ts'
import { eventually } from '../support/kubernetes/eventually.ts'
import { ingress, tlsSecret } from '../support/kubernetes/objects.ts'

// The block `kubernetes` of a running gateway's file: it says what is read when the gateway starts, and nothing after.

const waits = '"kubernetes" has changed and takes effect at restart'

/** Waits until these problems are told, of which each is a part of one. */
async function told(gateway: GatewayInCluster, expected: readonly string[]): Promise<void> {
  await eventually(
    async () => {
      const { problems } = (await gateway.admin('/api/problems')) as { problems: { message: string }[] }
      assert.deepEqual(
        problems.map(({ message }) => message),
        expected,
      )
      return true
    },
    `the problems are ${JSON.stringify(expected)}`,
  )
}

describe('a gateway that reads Kubernetes', () => {
  const ca = makeCa()
  const folder = testFolder()
  let stage: ClusterStage
  let gateway: GatewayInCluster
  let certificate: MadeCertificate

  before(async () => {
    stage = await ClusterStage.open()
    const { namespace, client, className } = stage
    await stage.deploy({ service: 'web' })
    certificate = serverCertificate(ca, ['a.test'])
    await client.create(tlsSecret({ namespace, name: 'a-tls', certificate }))
    const tls = { 'a-tls': ['a.test'] }
    await client.create(
      ingress({ namespace, name: 'a', className, rules: { 'a.test': { '/': 'web:80' } }, tls }),
    )
    const own = serverCertificate(ca, ['own.test'])
    const certificates = [
      { cert: folder.write('own.pem', own.pem), key: folder.write('own.key', own.keyPem) },
    ]
    gateway = await stage.startGateway({
      listeners: [
        { name: 'web', address: '127.0.0.1:0' },
        { name: 'web-tls', address: '127.0.0.1:0', publicPort: 443, tls: { certificates } },
      ],
      settings: { listeners: ['web-tls'] },
    })
  })
  after(async () => {
    await stage[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  for (const [what, change] of [
    ['is removed', () => undefined],
    ['has other listeners', (block: Config) => ({ ...block, listeners: ['web'] })],
    ['has another class', (block: Config) => ({ ...block, class: 'other' })],
  ] as const) {
    test(`says so when the block ${what}, serves on, and hears on`, async () => {
      const { namespace, client, className } = stage
      const kubernetes = change(gateway.config['kubernetes'] as Config)
      gateway.process.write({ ...gateway.config, kubernetes })
      await told(gateway, [waits])
      const name = what.replaceAll(' ', '-')
      await client.create(
        ingress({ namespace, name, className, rules: { [`${name}.test`]: { '/': 'web:80' } } }),
      )

      const heard = await gateway.askUntil(
        { host: `${name}.test` },
        { is: ({ echo }) => echo?.service === 'web', what: 'a new Ingress is served', scheme: 'https' },
      )
      const kept = await gateway.askSecurely({ host: 'a.test' })
      const elsewhere = await gateway.ask({ host: 'a.test' })
      gateway.process.write(gateway.config)

      assert.equal(heard.status, 200)
      assert.equal(kept.echo?.service, 'web')
      assert.ok(kept.certificate?.raw.equals(certificate.der))
      assert.equal(elsewhere.status, 404)
      await told(gateway, [])
    })
  }

  test('refuses files without the block whose listeners have no certificate then, and serves on', async () => {
    const listeners = [{ name: 'web-tls', address: '127.0.0.1:0', publicPort: 443, tls: {} }]
    gateway.process.write({ ...gateway.config, listeners, kubernetes: undefined })
    await told(gateway, ['tls has no certificate'])

    const kept = await gateway.askSecurely({ host: 'a.test' })
    gateway.process.write(gateway.config)

    assert.equal(kept.echo?.service, 'web')
    await told(gateway, [])
  })
})

describe('a gateway that reads files alone', () => {
  test('says so when a block "kubernetes" is added, and serves on', async () => {
    await using stage = await ClusterStage.open()
    const { namespace, client, className } = stage
    await stage.deploy({ service: 'web' })
    await client.create(ingress({ namespace, name: 'a', className, rules: { 'a.test': { '/': 'web:80' } } }))
    const routes = [{ hosts: ['b.test'], filters: [{ respond: { status: 200, body: 'own' } }] }]
    const gateway = await stage.startGateway({ config: { kubernetes: undefined, routes } })

    gateway.process.write({ ...gateway.config, kubernetes: stage.kubernetesBlock() })
    await told(gateway, [waits])

    assert.equal((await gateway.ask({ host: 'b.test' })).status, 200)
    assert.equal((await gateway.ask({ host: 'a.test' })).status, 404)
    gateway.process.write(gateway.config)
    await told(gateway, [])
  })
})
