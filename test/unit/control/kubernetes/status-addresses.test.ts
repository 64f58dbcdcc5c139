import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { statusAddresses, statusEntry } from '../../../../src/control/kubernetes/status-addresses.ts'
import { mergedEntries } from '../../../../src/control/kubernetes/status-merge.ts'
import type { ServiceObject } from '../../../../src/translate/kubernetes/objects.ts'

const plain: ServiceObject = {
  meta: {
    uid: '1',
    namespace: 'gate',
    name: 'front',
    resourceVersion: '1',
    created: 0,
    annotations: new Map(),
  },
  type: 'LoadBalancer',
  externalName: '',
  clusterIps: ['10.96.0.7', 'fd00::7'],
  ipFamily: 'IPv4',
  ports: [],
  addresses: [],
  externalIps: [],
}

function ofService(change: Partial<ServiceObject> | undefined) {
  const service = change === undefined ? undefined : { ...plain, ...change }
  return statusAddresses(
    { from: 'service', service: { namespace: 'gate', name: 'front' } },
    { service: () => service, nodeAddresses: () => [] },
  )
}

const none = { service: () => undefined, nodeAddresses: () => [] }

describe('addresses of a Service', () => {
  const table: readonly (readonly [string, Partial<ServiceObject>, readonly string[]])[] = [
    [
      'of a load balancer are those of its status',
      { addresses: [{ hostname: 'lb.test' }, { ip: '192.0.2.2' }] },
      ['192.0.2.2', 'lb.test'],
    ],
    [
      'of a load balancer are the external IPs too, each once',
      { addresses: [{ ip: '192.0.2.2' }], externalIps: ['192.0.2.2', '192.0.2.1'] },
      ['192.0.2.1', '192.0.2.2'],
    ],
    ['of a load balancer that waits are none', {}, []],
    [
      'of NodePort are the external IPs',
      { type: 'NodePort', externalIps: ['192.0.2.9', '192.0.2.8'] },
      ['192.0.2.8', '192.0.2.9'],
    ],
    ['of NodePort without external IPs are the cluster IP', { type: 'NodePort' }, ['10.96.0.7']],
    ['of ClusterIP are that', { type: 'ClusterIP', externalIps: ['192.0.2.9'] }, ['10.96.0.7']],
    ['of a headless one are none', { type: 'ClusterIP', clusterIps: [] }, []],
    [
      'of an external name are the name',
      { type: 'ExternalName', externalName: 'lb.example.test' },
      ['lb.example.test'],
    ],
  ]
  for (const [what, change, addresses] of table) {
    test(what, () => {
      assert.deepEqual(ofService(change), { kind: 'known', addresses })
    })
  }

  test('are unknown while there is no such Service, and it is named', () => {
    const found = ofService(undefined)

    assert.equal(found.kind, 'unknown')
    assert.match(JSON.stringify(found), /there is no service .*gate\/front/)
  })
})

describe('addresses from elsewhere', () => {
  test('are sorted and without doubles when they are listed', () => {
    const found = statusAddresses({ from: 'addresses', addresses: ['b.test', '192.0.2.1', 'b.test'] }, none)

    assert.deepEqual(found, { kind: 'known', addresses: ['192.0.2.1', 'b.test'] })
  })

  test('are those of the nodes', () => {
    const lookups = { ...none, nodeAddresses: () => ['192.0.2.4', '192.0.2.3'] }

    assert.deepEqual(statusAddresses({ from: 'nodes' }, lookups), {
      kind: 'known',
      addresses: ['192.0.2.3', '192.0.2.4'],
    })
  })

  test('are unknown while no node is known', () => {
    assert.equal(statusAddresses({ from: 'nodes' }, none).kind, 'unknown')
  })

  test('are off when status is', () => {
    assert.deepEqual(statusAddresses({ from: 'off' }, none), { kind: 'off' })
  })

  test('are entries by IP or by host name', () => {
    assert.deepEqual(['192.0.2.1', '2001:db8::1', 'lb.test'].map(statusEntry), [
      { ip: '192.0.2.1' },
      { ip: '2001:db8::1' },
      { hostname: 'lb.test' },
    ])
  })
})

describe('entries of an Ingress', () => {
  const theirs = { ip: '198.51.100.1', ports: [{ port: 80, protocol: 'TCP' }] }

  test('come behind those of others, which stay as they are', () => {
    const merged = mergedEntries([theirs], { wanted: ['192.0.2.1'], published: ['192.0.2.1'] })

    assert.deepEqual(merged, [theirs, { ip: '192.0.2.1' }])
  })

  test('are left alone when they are there already, in any order and whoever wrote them', () => {
    const present = [{ ip: '192.0.2.2', ports: [] }, theirs, { ip: '192.0.2.1' }]

    assert.equal(mergedEntries(present, { wanted: ['192.0.2.1', '192.0.2.2'], published: [] }), undefined)
  })

  test('give way to new ones when they were published', () => {
    const merged = mergedEntries([{ ip: '192.0.2.1' }, theirs], {
      wanted: ['192.0.2.2'],
      published: ['192.0.2.1', '192.0.2.2'],
    })

    assert.deepEqual(merged, [theirs, { ip: '192.0.2.2' }])
  })

  test('go alone when nothing is wanted', () => {
    const merged = mergedEntries([{ hostname: 'old.test' }, theirs], { wanted: [], published: ['old.test'] })

    assert.deepEqual(merged, [theirs])
  })
})
