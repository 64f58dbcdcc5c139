import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parse } from 'yaml'
import { makeCa, serverCertificate } from '../support/certificates.ts'
import { testFolder } from '../support/folder.ts'
import type { Config } from '../support/gateway.ts'
import { ClusterStage } from '../support/kubernetes/cluster-stage.ts'
import { ControlPlane } from '../support/kubernetes/control-plane.ts'
import { eventually } from '../support/kubernetes/eventually.ts'
import { renderChart } from '../support/kubernetes/helm.ts'
import type { KubeObject } from '../support/kubernetes/kube-kinds.ts'
import { configMap, ingress, namespaceObject, tlsSecret } from '../support/kubernetes/objects.ts'

// The rights are those of the chart, and nothing else. The API server's own audit log tells whether anything was refused.

const ca = makeCa()
const kindsOfRights = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding']

/** Both ways lead to this address. */
const address = '203.0.113.9'
const fixed = { from: 'addresses', addresses: [address] }

/** Each with the values of the chart; `SHOP` stands for the namespace of the Ingress. */
const modes: readonly (readonly [string, (shop: string, own: string) => object])[] = [
  ['namespaces', (shop) => ({ secrets: { mode: 'namespaces', namespaces: [shop] }, status: fixed })],
  ['names', (shop) => ({ secrets: { mode: 'names', names: [`${shop}/shop-tls`] }, status: fixed })],
  ['cluster', () => ({ secrets: { mode: 'cluster' }, status: fixed })],
  [
    'namespaces, with every switch that adds a right,',
    (shop, own) => ({
      secrets: { mode: 'namespaces', namespaces: [shop] },
      status: { from: 'nodes' },
      zoneHints: 'on',
      referenceGrants: 'on',
      classParameters: [`${own}/parameters`],
    }),
  ],
]

describe('under just the rights of the chart', () => {
  let plane: ControlPlane
  let folder: ReturnType<typeof testFolder>
  let auditLog: string

  before(async () => {
    folder = testFolder()
    auditLog = join(folder.path, 'audit.log')
    const policy = join(folder.path, 'policy.json')
    const rules = [{ level: 'Metadata', omitStages: ['RequestReceived', 'ResponseStarted'] }]
    writeFileSync(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules }))
    plane = await ControlPlane.start({
      apiServerFlags: [
        `--audit-policy-file=${policy}`,
        `--audit-log-path=${auditLog}`,
        '--audit-log-mode=blocking',
      ],
    })
    const { client } = plane.access
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } }
    await client.request('POST', '/api/v1/nodes', node)
    const status = { addresses: [{ type: 'ExternalIP', address }] }
    await client.request('PATCH', '/api/v1/nodes/node-1/status', { status }, 'application/merge-patch+json')
  })

  after(async () => {
    await plane[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  /** What the API server refused to a user, as `verb URI`. */
  function refusals(user: string): readonly string[] {
    const lines = readFileSync(auditLog, 'utf8').split('\n').filter(Boolean)
    const all = lines.map((line) => JSON.parse(line) as AuditEvent)
    const own = all.filter((event) => event.user?.username === user)
    assert.ok(own.length > 5, `the audit log knows ${user}`)
    return own
      .filter(({ responseStatus }) => responseStatus?.code === 403)
      .map(({ verb, requestURI }) => `${verb} ${requestURI}`)
  }

  /** Makes the service account and its rights; gives the block `kubernetes` of the chart's configuration and its user. */
  async function install(stage: ClusterStage, own: string, values: object) {
    const release = own
    const objects = await renderChart({ release, namespace: own, values: { kubernetes: values } })
    await stage.client.createAll(...objects.filter(({ kind }) => kindsOfRights.includes(kind ?? '')))
    const account = nameOf(objects, 'ServiceAccount')
    const token = await stage.access.serviceAccountToken(own, account)
    const text = Object.values((objects.find(({ kind }) => kind === 'ConfigMap') as ConfigMapOf).data)[0]
    const { kubernetes } = parse(text ?? '') as { kubernetes: Config }
    const settings = { ...kubernetes, kubeconfig: stage.access.kubeconfigFor({ token }) }
    return { settings, user: `system:serviceaccount:${own}:${account}` }
  }

  for (const [mode, valuesOf] of modes) {
    test(`secrets.mode ${mode} serves TLS, writes status and events, and is refused nothing`, async () => {
      await using stage = await ClusterStage.open(plane.access)
      const { namespace, className, controller } = stage
      const own = `${namespace}-own`
      await stage.client.create(namespaceObject(own))
      const { settings, user } = await install(stage, own, valuesOf(namespace, own))
      await stage.client.create(configMap({ namespace: own, name: 'parameters', data: {} }))
      const certificate = serverCertificate(ca, ['shop.test'])
      await stage.client.create(tlsSecret({ namespace, name: 'shop-tls', certificate }))
      await stage.deploy({ service: 'web' })
      const rules = { 'shop.test': { '/': 'web:80', '/missing': 'none:80' } }
      const tls = { 'shop-tls': ['shop.test'] }
      await stage.client.create(ingress({ namespace, name: 'shop', className, rules, tls }))
      const listeners = [
        { name: 'web', address: '127.0.0.1:0' },
        { name: 'web-tls', address: '127.0.0.1:0', tls: {} },
      ]

      const gateway = await stage.startGateway({
        listeners,
        settings: {
          ...settings,
          controller,
          class: className,
          namespaces: 'all',
        },
      })
      const answer = await gateway.askUntil(
        { host: 'shop.test' },
        { is: ({ echo }) => echo?.service === 'web', what: 'the host is served by TLS', scheme: 'https' },
      )
      const events = await eventually(async () => {
        const { status } = await stage.client.get('Ingress', { namespace, name: 'shop' })
        assert.equal(status?.loadBalancer?.ingress?.[0]?.ip, address)
        const text = await stage.access.kubectl(['describe', 'ingress', 'shop', '-n', namespace])
        assert.match(text, /ServiceNotFound/)
        return text
      }, 'status and event are written')

      assert.equal(answer.status, 200)
      assert.match(events, /create it in namespace/)
      assert.deepEqual(refusals(user), [])
    })
  }

  test('a Secret out of reach is told with the line that lets it be read, and read once that was run', async () => {
    await using stage = await ClusterStage.open(plane.access)
    const { namespace, className, controller } = stage
    const own = `${namespace}-own`
    await stage.client.create(namespaceObject(own))
    const { settings, user } = await install(stage, own, { secrets: { mode: 'namespaces', namespaces: [] } })
    await stage.client.create(
      tlsSecret({ namespace, name: 'shop-tls', certificate: serverCertificate(ca, ['shop.test']) }),
    )
    const rules = { 'shop.test': { '/': 'web:80' } }
    await stage.client.create(
      ingress({ namespace, name: 'shop', className, rules, tls: { 'shop-tls': ['shop.test'] } }),
    )
    await stage.startGateway({ settings: { ...settings, controller, class: className, namespaces: 'all' } })

    const line = await eventually(async () => {
      const text = await stage.access.kubectl(['describe', 'ingress', 'shop', '-n', namespace])
      const [, command] = /SecretOutOfReach[^]*"kubectl (create rolebinding [^"]+)"/.exec(text) ?? []
      assert.ok(command !== undefined, text)
      return command
    }, 'the event names the command')

    assert.match(line, new RegExp(`-n ${namespace}$`))
    assert.deepEqual(refusals(user), [])
  })
})

interface AuditEvent {
  readonly verb: string
  readonly requestURI: string
  readonly user?: { readonly username?: string }
  readonly responseStatus?: { readonly code?: number }
}

interface ConfigMapOf extends KubeObject {
  readonly data: Readonly<Record<string, string>>
}

function nameOf(objects: readonly KubeObject[], wanted: string): string {
  return objects.find(({ kind }) => kind === wanted)?.metadata?.name ?? ''
}
