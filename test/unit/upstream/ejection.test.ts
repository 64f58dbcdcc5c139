import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Cluster as ClusterSpec } from '../../../src/model/cluster.ts'
import { Cluster } from '../../../src/upstream/cluster.ts'
import type { Endpoint, RequestResult } from '../../../src/upstream/endpoint.ts'
import { clusterSpec, fakeDeps, view } from '../../support/clusters.ts'
import type { FakeClock } from '../../support/fake-clock.ts'

function setUp(changes: Partial<ClusterSpec> = {}) {
  const { clock, deps, events } = fakeDeps()
  const spec = clusterSpec(changes)
  const cluster = new Cluster(spec, deps)
  cluster.apply(spec)
  const [one, two, three] = cluster.endpoints
  assert.ok(one && two && three)
  return { clock, events, cluster, spec, one, two, three }
}

function run(clock: FakeClock, endpoint: Endpoint, result: RequestResult, times = 1): void {
  for (let i = 0; i < times; i++) {
    const startedAt = clock.now()
    endpoint.begin(startedAt)
    clock.advance(1)
    endpoint.end(clock.now(), startedAt, result)
  }
}

describe('passive outlier ejection', () => {
  test('ejects after five failures in a row and says so with both states', () => {
    const { clock, events, cluster, one } = setUp()
    run(clock, one, 'failure', 4)
    assert.equal(one.state, 'unchecked')
    run(clock, one, 'failure')

    assert.equal(one.state, 'ejected')
    assert.deepEqual(events.at(-1), {
      kind: 'endpoint',
      cluster: 'web',
      endpoint: '10.0.0.1:80',
      from: 'unchecked',
      to: 'ejected',
      cause: '5 failures in a row',
    })
    const picked = new Set(Array.from({ length: 50 }, () => cluster.pick(view(), [])))
    assert.equal(picked.has(one), false)
  })

  test('a success in between starts the count again; a cancelled request counts for nothing', () => {
    const { clock, one } = setUp()
    run(clock, one, 'failure', 4)
    run(clock, one, 'cancelled')
    run(clock, one, 'success')
    run(clock, one, 'failure', 4)

    assert.equal(one.state, 'unchecked')
    run(clock, one, 'cancelled', 5)
    assert.equal(one.state, 'unchecked')
  })

  test('connections that cannot be made count', () => {
    const { clock, one } = setUp()
    for (let i = 0; i < 5; i++) one.connectFailed(clock.now())

    assert.equal(one.state, 'ejected')
  })

  test('never ejects more than its share of the cluster', () => {
    const { clock, one, two, three } = setUp()
    for (const endpoint of [one, two, three]) run(clock, endpoint, 'failure', 20)

    assert.deepEqual([one.state, two.state, three.state], ['ejected', 'unchecked', 'unchecked'])
  })

  test('ejects for ten seconds, then lets one request at a time find out', () => {
    const { clock, cluster, one } = setUp()
    run(clock, one, 'failure', 5)
    clock.advance(9_999)
    assert.equal(one.state, 'ejected')
    clock.advance(1)
    assert.equal(one.state, 'probing')

    assert.equal(cluster.pick(view(), []), one)
    one.begin(clock.now())
    const meanwhile = new Set(Array.from({ length: 50 }, () => cluster.pick(view(), [])))
    assert.equal(meanwhile.has(one), false)
  })

  test('a probe that succeeds ends it', () => {
    const { clock, cluster, one } = setUp()
    run(clock, one, 'failure', 5)
    clock.advance(10_000)
    run(clock, one, 'success')

    assert.equal(one.state, 'unchecked')
    const picked = new Set(Array.from({ length: 50 }, () => cluster.pick(view(), [])))
    assert.equal(picked.size, 3)
  })

  test('a probe that fails doubles it, up to the longest', () => {
    const { clock, one } = setUp()
    run(clock, one, 'failure', 5)
    const times = Array.from({ length: 7 }, () => {
      const time = one.ejection.until - clock.now()
      clock.advance(time)
      run(clock, one, 'failure')
      return time
    })

    assert.deepEqual(times, [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000])
  })

  test('a probe that was cancelled lets another one go', () => {
    const { clock, cluster, one } = setUp()
    run(clock, one, 'failure', 5)
    clock.advance(10_000)
    run(clock, one, 'cancelled')

    assert.equal(one.state, 'probing')
    assert.equal(cluster.pick(view(), []), one)
  })

  test('a probe that hangs lets another one go after the time of an ejection', () => {
    const { clock, cluster, one } = setUp()
    run(clock, one, 'failure', 5)
    clock.advance(10_000)
    one.begin(clock.now())
    clock.advance(10_001)

    assert.equal(cluster.pick(view(), []), one)
  })

  test('a request that began before the ejection proves nothing when it ends', () => {
    const { clock, one } = setUp()
    const before = clock.now()
    one.begin(before)
    one.begin(before)
    run(clock, one, 'failure', 5)
    one.end(clock.now(), before, 'success')
    assert.equal(one.state, 'ejected')
    clock.advance(10_000)
    one.end(clock.now(), before, 'failure')

    assert.equal(one.state, 'probing')
  })

  test('requests that hung before the ejection and fail after it are not held against it again', () => {
    const { clock, one } = setUp()
    const before = clock.now()
    for (let i = 0; i < 10; i++) one.begin(before)
    run(clock, one, 'failure', 5)
    clock.advance(10_000)
    run(clock, one, 'success')
    for (let i = 0; i < 10; i++) one.end(clock.now(), before, 'failure')

    assert.equal(one.state, 'unchecked')
  })

  test('a success in panic ends it at once', () => {
    const { clock, one, two, three } = setUp()
    run(clock, one, 'failure', 5)
    two.setChecked('unhealthy', 'test')
    three.setChecked('unhealthy', 'test')
    clock.advance(5)
    run(clock, one, 'success')

    assert.equal(one.state, 'unchecked')
  })

  test('one that stays in for as long as the longest ejection starts over at the shortest', () => {
    const { clock, one } = setUp()
    run(clock, one, 'failure', 5)
    clock.advance(10_000)
    run(clock, one, 'failure')
    clock.advance(20_000)
    run(clock, one, 'success')
    clock.advance(300_000)
    run(clock, one, 'failure', 5)

    assert.equal(one.ejection.until - clock.now(), 10_000)
  })

  test('0 failures switch it off, also for one that is ejected', () => {
    const { clock, cluster, spec, one } = setUp()
    run(clock, one, 'failure', 5)

    cluster.apply({ ...spec, outlier: { ...spec.outlier, consecutiveFailures: 0 } })
    run(clock, one, 'failure', 50)

    assert.equal(one.state, 'unchecked')
    assert.equal(clock.waiting, 0)
  })

  test('failed checks count more than an ejection that is over', () => {
    const { clock, one } = setUp()
    run(clock, one, 'failure', 5)
    one.setChecked('unhealthy', 'test')
    clock.advance(10_000)
    run(clock, one, 'success')

    assert.equal(one.state, 'unhealthy')
  })

  test('a removed endpoint that fails is left in peace', () => {
    const { clock, cluster, spec, one, events } = setUp()
    const startedAt = clock.now()
    for (let i = 0; i < 9; i++) one.begin(startedAt)
    cluster.apply({ ...spec, endpoints: spec.endpoints.slice(1) })
    const told = events.length
    for (let i = 0; i < 9; i++) one.end(clock.now(), startedAt, 'failure')

    assert.equal(events.length, told)
    assert.equal(one.active, 0)
    assert.equal(clock.waiting, 0)
  })

  test('the description says until when, by the wall clock', () => {
    const { clock, cluster, one } = setUp()
    run(clock, one, 'failure', 5)

    const [described] = cluster.describe().endpoints
    assert.equal(described?.ejectedUntil, clock.wall() + 10_000)
    assert.equal(described?.cause, '5 failures in a row')
  })
})
