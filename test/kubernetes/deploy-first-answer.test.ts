import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { parse } from 'yaml'
import type { SourceStatus } from '../../src/model/source-status.ts'
import { makeCa, serverCertificate } from '../support/certificates.ts'
import { type TestFolder, testFolder } from '../support/folder.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { ClusterStage, GatewayInCluster } from '../support/kubernetes/cluster-stage.ts'
import { describedIngress } from '../support/kubernetes/describe.ts'
import { eventually } from '../support/kubernetes/eventually.ts'
import { installChart } from '../support/kubernetes/helm.ts'

// docs/guides/kubernetes.md, step by step: what Helm installed decides what the gateway may do and what it does. Kubelet and load
// balancer are the test's: it starts the process, on ports of its own, and gives the Service its address.

describe('from an empty cluster to the first answer', () => {
  const host = 'shop.example.com'
  let stage: ClusterStage
  let folder: TestFolder
  let gateway: GatewayInCluster
  let release: string
  let home: string
  let other: string

  before(async () => {
    folder = testFolder()
    stage = await ClusterStage.open()
    home = await stage.addNamespace()
    release = home
    await stage.deploy({ service: 'web' })
    other = await stage.addNamespace()
    const kubernetes = {
      controller: `example.com/${release}`,
      class: release,
      namespaces: [stage.namespace, other],
      secrets: { namespaces: [stage.namespace] },
    }
    const values = { fullnameOverride: release, kubernetes }
    await installChart({ release, namespace: home, values }, stage.access.kubeconfig)
    const ingress = [{ ip: '192.0.2.10' }]
    const path = `/api/v1/namespaces/${home}/services/${release}/status`
    await stage.client.request('PATCH', path, { status: { loadBalancer: { ingress } } })
    gateway = await installed()
  })
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await stage.client.delete('IngressClass', { name: release })
    await stage[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  /** The gateway with the configuration and the account of the release. */
  async function installed(): Promise<GatewayInCluster> {
    const { data } = await stage.client.get('ConfigMap', { namespace: home, name: release })
    const config = parse(data?.['gateway.yaml'] ?? '') as {
      listeners: object[]
      admin: { health: object }
      kubernetes: object
    }
    const kubeconfig = stage.access.kubeconfigFor({
      token: await stage.access.serviceAccountToken(home, release),
    })
    const started = new GatewayInCluster(
      await GatewayProcess.start({
        ...config,
        listeners: config.listeners.map((listener) => ({ ...listener, address: '127.0.0.1:0' })),
        admin: { address: '127.0.0.1:0' },
        kubernetes: { ...config.kubernetes, kubeconfig },
        drain: { delay: 'none', timeout: '1s' },
      }),
    )
    await started.ready()
    return started
  }

  const kubectl = (...args: string[]): Promise<string> =>
    stage.access.kubectl(['-n', stage.namespace, ...args])

  test('a host is sent to a Service', async () => {
    await kubectl('create', 'ingress', 'web', `--class=${release}`, `--rule=${host}/*=web:80`)

    const answer = await asked('http')

    assert.equal(answer.status, 200)
    assert.equal(answer.echo?.service, 'web')
  })

  test('the address stands on the Ingress', async () => {
    const line = await eventually(async () => {
      const text = await kubectl('get', 'ingress', 'web')
      if (text.includes('192.0.2.10')) return text
      throw new Error(text)
    }, 'the Ingress has the address of the Service')

    assert.match(line, new RegExp(`web +${release} +shop\\.example\\.com +192\\.0\\.2\\.10 +80`))
  })

  test('a certificate is served, and plain requests are sent to it', async () => {
    const certificate = serverCertificate(makeCa(), [host])
    const files = [folder.write('tls.crt', certificate.pem), folder.write('tls.key', certificate.keyPem)]
    await kubectl('create', 'secret', 'tls', 'web-tls', `--cert=${files[0]}`, `--key=${files[1]}`)
    await kubectl('delete', 'ingress', 'web')
    await kubectl('create', 'ingress', 'web', `--class=${release}`, `--rule=${host}/*=web:80,tls=web-tls`)

    const answer = await asked('https')
    const plain = await asked('http', 308)

    assert.deepEqual([answer.status, answer.certificate?.subjectaltname], [200, `DNS:${host}`])
    assert.equal(plain.headers.location, `https://${host}/`)
  })

  test('a Secret of a namespace without the right is told, with what brings it into reach', async () => {
    const name = 'web'
    const rule = '--rule=pay.example.com/*=web:80,tls=web-tls'
    await stage.access.kubectl(['-n', other, 'create', 'ingress', name, `--class=${release}`, rule])

    const told = await describedIngress(stage.access, { namespace: other, name }, 'SecretOutOfReach')

    assert.match(told, /kubectl create rolebinding .+ --clusterrole=/)
  })

  test('nothing is asked of the API server that the chart gives no right to', async () => {
    const { sources } = (await gateway.admin('/api/sources')) as { sources: SourceStatus[] }

    const failing = sources
      .filter(({ lastError }) => lastError !== '')
      .map(({ name }) => name)
      .filter((name) => name !== `kubernetes secrets of ${other}`)
    assert.ok(sources.length >= 10)
    assert.deepEqual(failing, [])
    assert.doesNotMatch(JSON.stringify(gateway.process.log), /forbidden/)
  })

  function asked(scheme: 'http' | 'https', status = 200): ReturnType<GatewayInCluster['ask']> {
    const ask = () =>
      scheme === 'http' ? gateway.ask({ host }, 'http') : gateway.askSecurely({ host }, 'https')
    return eventually(async () => {
      const answer = await ask()
      if (answer.status === status) return answer
      throw new Error(`the answer is ${answer.status} ${answer.text}`)
    }, `${scheme} is answered with ${status}`)
  }
})
