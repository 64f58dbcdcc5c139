import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PoolSettings } from '../../../src/model/cluster.ts'
import { Cluster } from '../../../src/upstream/cluster.ts'
import { clusterSpec, endpoint, FakeConnection, fakeDeps } from '../../support/clusters.ts'

function setUp(pool: Partial<PoolSettings> = {}) {
  const { clock, deps } = fakeDeps()
  const spec = clusterSpec({
    endpoints: [endpoint('10.0.0.1')],
    pool: { idle: 4_000, age: 600_000, idleConnections: 3, ...pool },
  })
  const cluster = new Cluster(spec, deps)
  cluster.apply(spec)
  const [peer] = cluster.endpoints
  assert.ok(peer)
  const put = (openedAt = clock.now()): FakeConnection => {
    const connection = new FakeConnection(peer, openedAt)
    peer.putIdle(connection, clock.now())
    return connection
  }
  return { clock, peer, put }
}

describe('pool of an endpoint', () => {
  test('gives the connection used last first', () => {
    const { clock, peer, put } = setUp()
    const first = put()
    const second = put()

    assert.equal(peer.takeIdle(clock.now(), 'any'), second)
    assert.equal(peer.takeIdle(clock.now(), 'any'), first)
    assert.equal(peer.takeIdle(clock.now(), 'any'), undefined)
  })

  test('gives nothing that was idle longer than the limit, and closes it', () => {
    const { clock, peer, put } = setUp()
    const connection = put()
    clock.stall(4_001)

    assert.equal(peer.takeIdle(clock.now(), 'any'), undefined)
    assert.equal(connection.closed, 1)
  })

  test('skips connections that the peer has closed', () => {
    const { clock, peer, put } = setUp()
    const good = put()
    put().usable = false

    assert.equal(peer.takeIdle(clock.now(), 'any'), good)
  })

  test('a request that must not run twice takes only a connection used a moment ago', () => {
    const { clock, peer, put } = setUp()
    const connection = put()
    clock.advance(250)
    assert.equal(peer.takeIdle(clock.now(), 'fresh'), connection)
    peer.putIdle(connection, clock.now())
    clock.advance(251)

    assert.equal(peer.takeIdle(clock.now(), 'fresh'), undefined)
    assert.equal(connection.closed, 0)
    assert.equal(peer.takeIdle(clock.now(), 'any'), connection)
  })

  test('closes the longest idle one when there are more than it keeps', () => {
    const { peer, put } = setUp()
    const [first, second] = [put(), put(), put(), put()]

    assert.equal(first?.closed, 1)
    assert.equal(second?.closed, 0)
    assert.equal(peer.idle, 3)
  })

  test('keeps none when it is told to keep none', () => {
    const { put } = setUp({ idleConnections: 0 })

    assert.equal(put().closed, 1)
  })

  test('closes what is idle in time, without a request, and has no timer after that', () => {
    const { clock, peer, put } = setUp()
    const connection = put()

    clock.advance(5_000)

    assert.equal(connection.closed, 1)
    assert.equal(peer.idle, 0)
    assert.equal(clock.waiting, 0)
  })

  test('connections of one moment reach their oldest age at different times within 10 %', () => {
    const { clock, put } = setUp({ age: 10_000, idleConnections: 1_000 })
    const start = clock.now()
    clock.stall(9_001)
    const early = Array.from({ length: 200 }, (_, i) => put(start + i / 1_000)).filter(
      ({ closed }) => closed > 0,
    )
    clock.stall(1_000)
    const half = Array.from({ length: 200 }, (_, i) => put(start + i / 1_000)).filter(
      ({ closed }) => closed > 0,
    )
    clock.stall(1_000)
    const late = Array.from({ length: 200 }, (_, i) => put(start + i / 1_000)).filter(
      ({ closed }) => closed > 0,
    )

    assert.ok(early.length < 5, String(early.length))
    assert.ok(half.length > 70 && half.length < 130, String(half.length))
    assert.equal(late.length, 200)
  })

  test('an age of 0 is none', () => {
    const { clock, put } = setUp({ age: 0 })
    clock.stall(1e9)

    assert.equal(put(0).closed, 0)
  })

  test('a close seen while idle forgets the connection and shortens the limit', () => {
    const { clock, peer, put } = setUp()
    const connection = put()
    clock.stall(1_000)

    peer.closedWhileIdle(connection, clock.now())

    assert.equal(peer.idle, 0)
    assert.equal(peer.idleLimit(clock.now()), 800)
  })

  test('an announced timeout shortens the limit, and a negative one says nothing', () => {
    const { clock, peer } = setUp()
    peer.learnKeepAlive(3)
    peer.learnKeepAlive(-1)

    assert.equal(peer.idleLimit(clock.now()), 2_000)
  })

  test('a forgotten connection is not given and not closed', () => {
    const { clock, peer, put } = setUp()
    const connection = put()

    peer.forget(connection)

    assert.equal(peer.takeIdle(clock.now(), 'any'), undefined)
    assert.equal(connection.closed, 0)
  })
})
