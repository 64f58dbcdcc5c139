import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ChartValues, renderChart } from '../../support/kubernetes/helm.ts'
import type { KubeObject } from '../../support/kubernetes/kube-kinds.ts'
import { namesOf, ofKind, oneOf, ruleLines } from '../../support/kubernetes/rendered.ts'

// Rights are a promise to whoever installs the chart: each right is a line here, and a new one is a line of this file first.

/** Read everywhere, whatever the values say. */
const read = [
  'get,list,watch endpointslices in "discovery.k8s.io"',
  'get,list,watch ingressclasses in "networking.k8s.io"',
  'get,list,watch ingresses in "networking.k8s.io"',
  'get,list,watch services in ""',
]
const saysStatus = 'patch ingresses/status in "networking.k8s.io"'
const saysEvents = 'create,patch events in "events.k8s.io"'

const ownNamespace = [
  'create leases in "coordination.k8s.io"',
  'get,update,patch leases [tidegate-leader] in "coordination.k8s.io"',
]

const render = (kubernetes: object, more: ChartValues = {}): Promise<KubeObject[]> =>
  renderChart({ ...more, values: { kubernetes, ...more.values } })

const clusterRules = (objects: readonly KubeObject[]): string[] =>
  ruleLines(oneOf(objects, 'ClusterRole').rules)

describe('the cluster role of the chart', () => {
  const both = [...read, saysStatus, saysEvents]
  const nodes = 'get,list,watch nodes in ""'
  const table: readonly (readonly [why: string, kubernetes: object, rules: readonly string[]])[] = [
    ['reads four kinds, and writes status and events', {}, both],
    ['gains nodes for status.from: nodes', { status: { from: 'nodes' } }, [...both, nodes]],
    ['gains nodes for zoneHints', { zoneHints: 'on' }, [...both, nodes]],
    ['gains nodes once for both of them', { status: { from: 'nodes' }, zoneHints: true }, [...both, nodes]],
    [
      'gains namespaces for a selector',
      { namespaces: { selector: 'edge=tidegate' } },
      [...both, 'get,list,watch namespaces in ""'],
    ],
    ['gains nothing for a list of namespaces', { namespaces: ['shop'] }, both],
    [
      'gains referencegrants for referenceGrants',
      { referenceGrants: 'on' },
      [...both, 'get,list,watch referencegrants in "gateway.networking.k8s.io"'],
    ],
    ['writes no status when that is off', { status: { from: 'off' } }, [...read, saysEvents]],
    ['writes no events when those are off', { events: 'off' }, [...read, saysStatus]],
    ['gains nothing for the other modes of Secrets', { secrets: { mode: 'cluster' } }, both],
  ]
  for (const [why, kubernetes, rules] of table) {
    test(why, async () => {
      assert.deepEqual(clusterRules(await render(kubernetes)), [...rules].sort())
    })
  }
})

describe('the lease of the leader', () => {
  test('is a right in the namespace of the release alone', async () => {
    const objects = await render({})

    assert.deepEqual(namesOf(objects, 'Role'), ['tidegate/tidegate'])
    assert.deepEqual(ruleLines(oneOf(objects, 'Role').rules), ownNamespace)
  })

  test('follows its name and namespace', async () => {
    const objects = await render({ leaderElection: { lease: 'edge', namespace: 'leases' } })

    assert.deepEqual(namesOf(objects, 'Role'), ['leases/tidegate'])
    assert.match(ruleLines(oneOf(objects, 'Role').rules).join(), /leases \[edge\]/)
  })

  test('is no right where nothing is said back', async () => {
    const objects = await render({ status: { from: 'off' }, events: 'off' })

    assert.deepEqual(namesOf(objects, 'Role'), [])
  })
})

describe('the right to read Secrets', () => {
  const secretRoles = (objects: readonly KubeObject[]): string[] =>
    [...ofKind(objects, 'ClusterRole'), ...ofKind(objects, 'Role')].flatMap(({ kind, metadata, rules }) =>
      ruleLines(rules)
        .filter((line) => line.includes(' secrets'))
        .map((line) => `${kind} ${metadata?.namespace ?? ''}/${metadata?.name}: ${line}`),
    )
  const secretBindings = (objects: readonly KubeObject[]): string[] =>
    [...ofKind(objects, 'ClusterRoleBinding'), ...ofKind(objects, 'RoleBinding')]
      .filter(({ roleRef }) => roleRef.name === 'tidegate-secrets')
      .map(({ kind, metadata, roleRef }) => `${kind} ${metadata?.namespace ?? ''} → ${roleRef.kind}`)

  test('is bound nowhere by default', async () => {
    const objects = await render({})

    assert.deepEqual(secretRoles(objects), ['ClusterRole /tidegate-secrets: get,list,watch secrets in ""'])
    assert.deepEqual(secretBindings(objects), [])
  })

  test('is bound in each listed namespace', async () => {
    const objects = await render({ secrets: { namespaces: ['shop', 'pay'] } })

    assert.deepEqual(secretBindings(objects), [
      'RoleBinding pay → ClusterRole',
      'RoleBinding shop → ClusterRole',
    ])
  })

  test('is for names alone in mode names', async () => {
    const objects = await render({ secrets: { mode: 'names', names: ['shop/web', 'shop/api', 'pay/web'] } })

    assert.deepEqual(secretRoles(objects), [
      'Role pay/tidegate-secrets: get,list,watch secrets [web] in ""',
      'Role shop/tidegate-secrets: get,list,watch secrets [api web] in ""',
    ])
    assert.deepEqual(secretBindings(objects), ['RoleBinding pay → Role', 'RoleBinding shop → Role'])
  })

  test('is for the whole cluster in mode cluster', async () => {
    const objects = await render({ secrets: { mode: 'cluster' } })

    assert.deepEqual(secretBindings(objects), ['ClusterRoleBinding  → ClusterRole'])
  })

  test('holds for the default certificate, too', async () => {
    const defaultCertificate = 'edge/default-tls'

    const byNamespace = await render({ defaultCertificate })
    const byName = await render({ defaultCertificate, secrets: { mode: 'names', names: ['shop/web'] } })

    assert.deepEqual(secretBindings(byNamespace), ['RoleBinding edge → ClusterRole'])
    assert.deepEqual(secretRoles(byName), [
      'Role edge/tidegate-secrets: get,list,watch secrets [default-tls] in ""',
      'Role shop/tidegate-secrets: get,list,watch secrets [web] in ""',
    ])
  })
})

describe('parameters of classes', () => {
  const readable = (objects: readonly KubeObject[]): string[] =>
    ofKind(objects, 'Role')
      .filter(({ metadata }) => metadata?.name === 'tidegate-class-parameters')
      .flatMap(({ metadata, rules }) => ruleLines(rules).map((line) => `${metadata?.namespace}: ${line}`))

  test('are ConfigMaps that may be read by name alone', async () => {
    const objects = await render({ classParameters: ['edge/defaults', 'edge/other'] })

    assert.deepEqual(readable(objects), ['edge: get,list,watch configmaps [defaults other] in ""'])
  })

  test('of the class of the chart may be read', async () => {
    const values = { ingressClass: { parameters: { data: { 'tls-redirect': 'off' } } } }

    const objects = await render({}, { values })

    assert.deepEqual(readable(objects), ['tidegate: get,list,watch configmaps [tidegate-class] in ""'])
  })
})

test('every binding is of the account of the pods', async () => {
  const objects = await render({ secrets: { namespaces: ['shop'] }, classParameters: ['edge/defaults'] })

  const bindings = [...ofKind(objects, 'ClusterRoleBinding'), ...ofKind(objects, 'RoleBinding')]
  const subjects = bindings.flatMap(({ subjects = [] }) => subjects)
  assert.equal(subjects.length, 4)
  assert.deepEqual(
    [...new Set(subjects.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`))],
    ['ServiceAccount tidegate/tidegate'],
  )
})

test('no rule has a star, and none is about pods', async () => {
  const objects = await render({
    status: { from: 'nodes' },
    referenceGrants: 'on',
    namespaces: { selector: 'edge' },
    secrets: { mode: 'cluster' },
    classParameters: ['edge/defaults'],
  })

  const all = [...ofKind(objects, 'ClusterRole'), ...ofKind(objects, 'Role')]
  const lines = all.flatMap(({ rules }) => ruleLines(rules))
  assert.equal(lines.length, 13)
  assert.doesNotMatch(lines.join('\n'), /\*|\bpods|impersonate|escalate|bind|delete|serviceaccounts/)
})

test('without rbac.create there are no roles', async () => {
  const objects = await render({ secrets: { namespaces: ['shop'] } }, { values: { rbac: { create: false } } })

  const kinds = new Set(objects.map(({ kind }) => kind))
  assert.deepEqual(
    ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'].filter((kind) => kinds.has(kind)),
    [],
  )
})
