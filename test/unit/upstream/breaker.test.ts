import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ClusterLimits } from '../../../src/model/cluster.ts'
import type { Waiter } from '../../../src/upstream/breaker.ts'
import { Cluster } from '../../../src/upstream/cluster.ts'
import type { Endpoint } from '../../../src/upstream/endpoint.ts'
import { clusterSpec, FakeConnection, fakeDeps, view } from '../../support/clusters.ts'

function setUp(limits: Partial<ClusterLimits>) {
  const { clock, deps } = fakeDeps()
  const spec = clusterSpec({ limits: { connections: 0, pending: 0, requests: 0, streams: 0, ...limits } })
  const cluster = new Cluster(spec, deps)
  cluster.apply(spec)
  const [one, two] = cluster.endpoints
  assert.ok(one && two)
  return { clock, cluster, spec, one, two }
}

/** Opens a connection as the data plane does. */
function open(cluster: Cluster, endpoint: Endpoint): FakeConnection {
  cluster.connectionOpened(endpoint)
  return new FakeConnection(endpoint, 0, () => cluster.connectionClosed(endpoint))
}

/** A request that notes its turn. */
function waiter(name: string, turns: string[], then: () => void = () => {}): Waiter {
  return {
    resumeWaiting: () => {
      turns.push(name)
      then()
    },
  }
}

describe('circuit breaker', () => {
  test('admits as many requests at a time as the limit, and says why not', () => {
    const { cluster } = setUp({ requests: 2 })

    assert.equal(cluster.admit(), undefined)
    assert.equal(cluster.admit(), undefined)
    assert.equal(cluster.admit(), 'cluster_requests')
    assert.equal(cluster.activeRequests, 2)
    cluster.release()
    assert.equal(cluster.admit(), undefined)
  })

  test('0 is no limit', () => {
    const { cluster, one } = setUp({})
    for (let i = 0; i < 10_000; i++) cluster.admit()
    for (let i = 0; i < 10_000; i++) open(cluster, one)

    assert.equal(cluster.admit(), undefined)
    assert.equal(cluster.mayConnect(), true)
    assert.equal(one.connections, 10_000)
  })

  test('allows no connection above the limit and one again when one closed', () => {
    const { cluster, one, two } = setUp({ connections: 2 })
    const connection = open(cluster, one)
    open(cluster, two)

    assert.equal(cluster.mayConnect(), false)
    connection.close()
    assert.equal(cluster.mayConnect(), true)
    assert.equal(cluster.connections, 1)
  })

  test('an idle connection of another endpoint gives way at the limit', () => {
    const { clock, cluster, one, two } = setUp({ connections: 2 })
    const idle = open(cluster, one)
    open(cluster, two)
    one.putIdle(idle, clock.now())

    assert.equal(cluster.mayConnect(), true)
    assert.equal(idle.closed, 1)
    assert.equal(cluster.connections, 1)
  })

  test('waiters are resumed one for one, in order', () => {
    const { cluster, one } = setUp({ connections: 2 })
    const turns: string[] = []
    const connections = [open(cluster, one), open(cluster, one)]
    for (const name of ['a', 'b', 'c']) cluster.wait(waiter(name, turns, () => open(cluster, one)))

    connections[0]?.close()
    assert.deepEqual(turns, ['a'])
    connections[1]?.close()
    assert.deepEqual(turns, ['a', 'b'])
    assert.equal(cluster.pending, 1)
  })

  test('a connection that is given back resumes the first waiter, who finds it', () => {
    const { clock, cluster, one } = setUp({ connections: 1 })
    const turns: string[] = []
    const connection = open(cluster, one)
    let found: unknown
    cluster.wait(waiter('a', turns, () => (found = one.takeIdle(clock.now(), 'fresh'))))
    cluster.wait(waiter('b', turns))

    one.putIdle(connection, clock.now())

    assert.equal(found, connection)
    assert.deepEqual(turns, ['a'])
  })

  test('a waiter that does not use its turn lets the next one have it', () => {
    const { cluster, one } = setUp({ connections: 1 })
    const turns: string[] = []
    const connection = open(cluster, one)
    cluster.wait(waiter('a', turns))
    cluster.wait(waiter('b', turns, () => open(cluster, one)))
    cluster.wait(waiter('c', turns))

    connection.close()

    assert.deepEqual(turns, ['a', 'b'])
  })

  test('a waiter that waits again is resumed once for one event', () => {
    const { cluster, one } = setUp({ connections: 1 })
    const turns: string[] = []
    const connection = open(cluster, one)
    const again: Waiter = waiter('a', turns, () => cluster.wait(again))
    cluster.wait(again)

    connection.close()

    assert.deepEqual(turns, ['a'])
    assert.equal(cluster.pending, 1)
  })

  test('one who makes room for himself does not lose it to a waiter', () => {
    const { clock, cluster, one, two } = setUp({ connections: 1 })
    const turns: string[] = []
    one.putIdle(open(cluster, one), clock.now())
    cluster.wait(waiter('a', turns))

    assert.equal(cluster.mayConnect(), true)
    open(cluster, two)

    assert.deepEqual(turns, [])
    assert.equal(cluster.connections, 1)
  })

  test('the queue has an end, and who gave up leaves it', () => {
    const { cluster, one } = setUp({ connections: 1, pending: 1 })
    const turns: string[] = []
    const connection = open(cluster, one)
    const first = waiter('a', turns)

    assert.equal(cluster.wait(first), true)
    assert.equal(cluster.wait(waiter('b', turns)), false)
    cluster.cancelWait(first)
    assert.equal(cluster.wait(waiter('c', turns)), true)
    connection.close()
    assert.deepEqual(turns, ['c'])
  })

  test('a raised limit resumes waiters at once', () => {
    const { cluster, one, spec } = setUp({ connections: 1 })
    const turns: string[] = []
    open(cluster, one)
    for (const name of ['a', 'b', 'c']) cluster.wait(waiter(name, turns, () => open(cluster, one)))

    cluster.apply({ ...spec, limits: { ...spec.limits, connections: 3 } })

    assert.deepEqual(turns, ['a', 'b'])
  })
})

describe('retry budget', () => {
  test('always allows the minimum', () => {
    const { cluster } = setUp({})

    assert.deepEqual(
      [1, 2, 3, 4].map(() => cluster.tryRetry(20, 3)),
      [true, true, true, false],
    )
  })

  for (const [requests, percent, retries] of [
    [100, 20, 20],
    [104, 20, 20],
    [10, 50, 5],
    [1, 100, 1],
    [50, 0, 0],
  ] as const) {
    test(`allows ${retries} of ${requests} active requests at ${percent} %`, () => {
      const { cluster } = setUp({})
      for (let i = 0; i < requests; i++) cluster.admit()

      let allowed = 0
      while (cluster.tryRetry(percent, 0)) allowed++

      assert.equal(allowed, retries)
    })
  }

  test('a retry that ended makes room for another', () => {
    const { cluster } = setUp({})
    cluster.tryRetry(0, 1)
    assert.equal(cluster.tryRetry(0, 1), false)

    cluster.retryEnded()

    assert.equal(cluster.tryRetry(0, 1), true)
  })
})

test('a cluster without limits still counts what waits', () => {
  const { cluster } = setUp({})
  cluster.wait(waiter('a', []))

  assert.equal(cluster.describe().pending, 1)
  assert.notEqual(cluster.pick(view(), []), undefined)
})
