import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Cluster as ClusterSpec } from '../../../src/model/cluster.ts'
import { Cluster } from '../../../src/upstream/cluster.ts'
import { clusterSpec, endpoint, fakeDeps, view } from '../../support/clusters.ts'

function setUp(changes: Partial<ClusterSpec> = {}) {
  const { clock, deps, events } = fakeDeps()
  const spec = clusterSpec(changes)
  const cluster = new Cluster(spec, deps)
  cluster.apply(spec)
  return { clock, events, cluster, spec }
}

/** Shares of `picks` picks in percent, by the last number of the address. */
function share(cluster: Cluster, picks = 1_000): Record<string, number> {
  const shares: Record<string, number> = {}
  for (let i = 0; i < picks; i++) {
    const name = cluster.pick(view(), [])?.address
    const key = name?.kind === 'tcp' ? (name.host.split('.').at(-1) ?? '') : 'none'
    shares[key] = (shares[key] ?? 0) + 100 / picks
  }
  return Object.fromEntries(Object.entries(shares).map(([key, value]) => [key, Math.round(value)]))
}

function fail(cluster: Cluster, ...indices: readonly number[]): void {
  for (const index of indices) cluster.endpoints[index]?.setChecked('unhealthy', 'test')
}

const twoPriorities = [
  endpoint('10.0.0.1'),
  endpoint('10.0.0.2'),
  endpoint('10.0.0.3', 1, 1),
  endpoint('10.0.0.4', 1, 1),
]

describe('picking from a cluster', () => {
  test('leaves out what failed its checks from the next pick on', () => {
    const { cluster } = setUp()
    fail(cluster, 0)

    assert.deepEqual(share(cluster), { 2: 50, 3: 50 })
  })

  test('uses the first priority alone while it is well', () => {
    const { cluster } = setUp({ endpoints: twoPriorities })

    assert.deepEqual(share(cluster), { 1: 50, 2: 50 })
  })

  test('fails over to the next priority when the first one is gone', () => {
    const { cluster } = setUp({ endpoints: twoPriorities })
    fail(cluster, 0, 1)

    assert.deepEqual(share(cluster), { 3: 50, 4: 50 })
  })

  test('lets a part flow over when a part of the first priority is gone, and takes it back', () => {
    const { cluster } = setUp({ endpoints: twoPriorities })
    fail(cluster, 0)
    const shares = share(cluster, 4_000)
    cluster.endpoints[0]?.setChecked('healthy', 'test')

    assert.ok(Math.abs((shares['2'] ?? 0) - 70) <= 2, JSON.stringify(shares))
    assert.deepEqual(share(cluster), { 1: 50, 2: 50 })
  })

  test('uses every endpoint when too few are usable, and says so once', () => {
    const { cluster, events } = setUp()
    fail(cluster, 0, 1)

    assert.deepEqual(share(cluster, 999), { 1: 33, 2: 33, 3: 33 })
    fail(cluster, 2)
    assert.deepEqual(share(cluster, 999), { 1: 33, 2: 33, 3: 33 })
    cluster.endpoints[0]?.setChecked('healthy', 'test')
    cluster.endpoints[1]?.setChecked('healthy', 'test')
    assert.deepEqual(share(cluster), { 1: 50, 2: 50 })
    assert.deepEqual(
      events.filter((event) => event.kind === 'panic').map(({ from, to }) => `${from} → ${to}`),
      ['off → on', 'on → off'],
    )
  })

  test('has nothing when nothing is usable and panic is off', () => {
    const { cluster } = setUp({ panicThreshold: 0 })
    fail(cluster, 0, 1, 2)

    assert.equal(cluster.pick(view(), []), undefined)
    assert.equal(cluster.alive(), true)
  })

  test('has nothing without endpoints', () => {
    const { cluster } = setUp({ endpoints: [] })

    assert.equal(cluster.pick(view(), []), undefined)
    assert.equal(cluster.alive(), false)
  })

  for (const kind of ['round-robin', 'least-request', 'ring-hash'] as const) {
    test(`a retry goes to another endpoint, one of another priority if need be, and last to a tried one (${kind})`, () => {
      const key = { kind: 'client-address' } as const
      const balance = kind === 'ring-hash' ? ({ kind, key } as const) : { kind }
      const { cluster } = setUp({ endpoints: twoPriorities.slice(0, 3), balance })
      fail(cluster, 2)
      cluster.endpoints[2]?.setChecked('healthy', 'test')
      const [one, two] = cluster.endpoints
      assert.ok(one && two)

      assert.equal(cluster.pick(view(), [one]), two)
      assert.equal(cluster.pick(view(), [two]), one)
      assert.ok(cluster.pick(view(), [one, two]))
    })
  }

  test('a retry finds the one endpoint among many that was not tried', () => {
    const { cluster } = setUp({ endpoints: Array.from({ length: 40 }, (_, i) => endpoint(`10.0.1.${i}`)) })
    const [last, ...tried] = cluster.endpoints
    const picked = Array.from({ length: 50 }, () => cluster.pick(view(), tried))

    assert.deepEqual(new Set(picked), new Set([last]))
  })
})

describe('slow start', () => {
  test('a new endpoint gets a share that grows with time', () => {
    const { clock, cluster, spec } = setUp({ slowStart: 30_000, balance: { kind: 'least-request' } })
    cluster.apply({ ...spec, endpoints: [...spec.endpoints, endpoint('10.0.0.9')] })
    const shares = [0, 6_000, 9_000, 15_000].map((step) => {
      clock.advance(step)
      return share(cluster, 8_000)['9'] ?? 0
    })

    const expected = [0.1, 0.2, 0.5, 1].map((weight) => (100 * weight) / (3 + weight))
    const off = shares.map((value, i) => Math.abs(value - (expected[i] ?? 0)))
    assert.ok(Math.max(...off) < 2, `${shares.join()} instead of ${expected.join()}`)
  })

  test('a recovered endpoint warms up too, and the timer stops when all are warm', () => {
    const { clock, cluster } = setUp({ slowStart: 10_000 })
    fail(cluster, 0)
    cluster.endpoints[0]?.setChecked('healthy', 'test')
    cluster.pick(view(), [])
    const cold = cluster.endpoints[0]?.effectiveWeight
    for (let i = 0; i < 100; i++) {
      clock.advance(200)
      cluster.pick(view(), [])
    }

    assert.equal(cold, 0.1)
    assert.equal(cluster.endpoints[0]?.effectiveWeight, 1)
    assert.equal(clock.waiting, 0)
  })

  test('the first endpoints of a cluster start warm', () => {
    const { cluster } = setUp({ slowStart: 10_000 })
    cluster.pick(view(), [])

    assert.deepEqual(
      cluster.endpoints.map(({ effectiveWeight }) => effectiveWeight),
      [1, 1, 1],
    )
  })
})
