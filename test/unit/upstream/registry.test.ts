import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Cluster as ClusterSpec } from '../../../src/model/cluster.ts'
import type { Cluster } from '../../../src/upstream/cluster.ts'
import { Registry } from '../../../src/upstream/registry.ts'
import { clusterSpec, endpoint, FakeConnection, fakeDeps, view } from '../../support/clusters.ts'

function setUp(spec: ClusterSpec = clusterSpec()) {
  const { clock, deps, events } = fakeDeps()
  const registry = new Registry(deps)
  registry.apply({ put: [spec], removed: [] })
  const cluster = registry.cluster(spec.id)
  assert.ok(cluster)
  return { clock, events, registry, cluster }
}

function keys(cluster: Cluster): string[] {
  return cluster.endpoints.map(({ key }) => key)
}

describe('registry', () => {
  test('keeps the cluster object and its endpoints when the configuration of the same id changes', () => {
    const { registry, cluster } = setUp()
    const before = cluster.endpoints

    registry.apply({ put: [clusterSpec({ hash: '2', balance: { kind: 'least-request' } })], removed: [] })

    assert.equal(registry.cluster('web'), cluster)
    assert.deepEqual(cluster.endpoints, before)
    assert.equal(cluster.endpoints[0], before[0])
  })

  test('an endpoint that stays keeps its idle connections when others come and go', () => {
    const { registry, cluster, clock } = setUp()
    const [first] = cluster.endpoints
    assert.ok(first)
    const connection = new FakeConnection(first, clock.now())
    first.putIdle(connection, clock.now())

    registry.apply({
      put: [clusterSpec({ endpoints: [endpoint('10.0.0.9'), endpoint('10.0.0.1', 3)] })],
      removed: [],
    })

    assert.deepEqual(keys(cluster), ['10.0.0.9:80', '10.0.0.1:80'])
    assert.equal(cluster.endpoints[1]?.weight, 3)
    assert.equal(cluster.endpoints[1]?.takeIdle(clock.now(), 'any'), connection)
  })

  test('an endpoint that goes gets no picks, closes what is idle and lets what is in flight finish', () => {
    const { registry, cluster, clock } = setUp(clusterSpec({ endpoints: [endpoint('10.0.0.1')] }))
    const [gone] = cluster.endpoints
    assert.ok(gone)
    const idle = new FakeConnection(gone, clock.now())
    const busy = new FakeConnection(gone, clock.now())
    gone.putIdle(idle, clock.now())
    gone.begin(clock.now())

    registry.apply({ put: [clusterSpec({ endpoints: [endpoint('10.0.0.2')] })], removed: [] })
    const picked = cluster.pick(view(), [])

    assert.equal(picked?.key, '10.0.0.2:80')
    assert.equal(idle.closed, 1)
    assert.equal(busy.closed, 0)
    gone.end(clock.now(), clock.now(), 'success')
    gone.putIdle(busy, clock.now())
    assert.equal(busy.closed, 1)
  })

  test('a removed cluster is not found and picks nothing', () => {
    const { registry, cluster } = setUp()

    registry.apply({ put: [], removed: ['web'] })

    assert.equal(registry.cluster('web'), undefined)
    assert.equal(cluster.pick(view(), []), undefined)
    assert.equal(cluster.alive(), false)
  })

  test('an address that is said twice is one endpoint', () => {
    const { cluster } = setUp(clusterSpec({ endpoints: [endpoint('10.0.0.1'), endpoint('10.0.0.1')] }))

    assert.deepEqual(keys(cluster), ['10.0.0.1:80'])
  })

  test('leaves no timer behind when it is disposed of', async () => {
    const { registry, cluster, clock } = setUp(clusterSpec({ slowStart: 10_000 }))
    const [first] = cluster.endpoints
    assert.ok(first)
    first.putIdle(new FakeConnection(first, clock.now()), clock.now())
    cluster.pick(view(), [])

    await registry[Symbol.asyncDispose]()

    assert.equal(clock.waiting, 0)
  })

  test('describes itself as JSON, sorted by id', () => {
    const { registry } = setUp()
    registry.apply({ put: [clusterSpec({ id: 'api' })], removed: [] })

    const described = registry.describe()

    assert.deepEqual(
      described.map(({ id }) => id),
      ['api', 'web'],
    )
    assert.deepEqual(JSON.parse(JSON.stringify(described)), described)
  })
})
