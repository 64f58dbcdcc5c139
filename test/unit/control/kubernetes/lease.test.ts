import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Leadership } from '../../../../src/control/kubernetes/lease.ts'
import { type LeaseTimes, usualLeaseTimes } from '../../../../src/control/kubernetes/lease-times.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { FakeCluster, pass, refusal } from './fake-cluster.ts'

interface Replica {
  readonly leadership: Leadership
  readonly clock: FakeClock
  readonly changes: boolean[]
  readonly log: string[]
}

function replica(
  cluster: FakeCluster,
  identity: string,
  { clock = new FakeClock(), times = usualLeaseTimes }: { clock?: FakeClock; times?: LeaseTimes } = {},
): Replica {
  const changes: boolean[] = []
  const log: string[] = []
  const leadership = new Leadership({
    api: cluster.api(identity),
    clock,
    random: () => 0.5,
    identity,
    namespace: 'gate',
    name: 'tidegate',
    times,
    log: (level, message) => log.push(`${level} ${message}`),
    onChange: (isLeader) => changes.push(isLeader),
  })
  leadership.start()
  return { leadership, clock, changes, log }
}

/** Two of them, the first of which leads. */
async function pair(cluster: FakeCluster, clock = new FakeClock()): Promise<readonly [Replica, Replica]> {
  const first = replica(cluster, 'a')
  await pass(first.clock, 100)
  const second = replica(cluster, 'b', { clock })
  await pass([first.clock, second.clock], 5_000)
  return [first, second]
}

function spec(cluster: FakeCluster): Readonly<Record<string, unknown>> {
  return cluster.lease()['spec'] as Readonly<Record<string, unknown>>
}

function annotations(cluster: FakeCluster): readonly string[] {
  return Object.keys(cluster.lease().metadata['annotations'] ?? {})
}

describe('leadership', () => {
  test('makes the Lease and leads at once when there is none', async () => {
    const cluster = new FakeCluster()

    const { leadership, clock, changes } = replica(cluster, 'a')
    await pass(clock, 100)

    assert.deepEqual([leadership.isLeader(), leadership.mayWrite(), changes], [true, true, [true]])
    assert.equal(spec(cluster)['holderIdentity'], 'a')
    assert.equal(spec(cluster)['leaseDurationSeconds'], 15)
    assert.match(String(spec(cluster)['renewTime']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  })

  test('leaves it to whoever was faster to make it', async () => {
    const cluster = new FakeCluster()
    const held = cluster.hold(({ by, method }) => by === 'a' && method === 'POST')

    const first = replica(cluster, 'a')
    await pass(first.clock, 100)
    const second = replica(cluster, 'b')
    await pass(second.clock, 100)
    held.letGo()
    await pass([first.clock, second.clock], 5_000)

    assert.deepEqual([first.leadership.isLeader(), second.leadership.isLeader()], [false, true])
  })

  test('keeps leading while it renews, and nobody else does', async () => {
    const cluster = new FakeCluster()

    const [first, second] = await pair(cluster)
    await pass([first.clock, second.clock], 120_000)

    assert.deepEqual(first.changes, [true])
    assert.deepEqual(second.changes, [])
    assert.equal(spec(cluster)['leaseTransitions'], 0)
  })

  test('passes on when the leader is silent for the time it named', async () => {
    const cluster = new FakeCluster()
    const [, second] = await pair(cluster)

    await pass(second.clock, 14_000)
    const early = second.leadership.isLeader()
    await pass(second.clock, 8_000)

    assert.deepEqual([early, second.leadership.isLeader()], [false, true])
    assert.equal(spec(cluster)['leaseTransitions'], 1)
  })

  for (const skew of [-3_600_000, 3_600_000]) {
    test(`is not moved by a clock that is ${skew} ms off`, async () => {
      const cluster = new FakeCluster()

      const [first, second] = await pair(cluster, new FakeClock(1_000, 1_700_000_000_000 + skew))
      await pass([first.clock, second.clock], 60_000)

      assert.deepEqual([first.leadership.isLeader(), second.leadership.isLeader()], [true, false])
      assert.equal(annotations(cluster).length, 2)
    })
  }

  test('may not write as soon as it stood still, and leads no more when somebody else took over', async () => {
    const cluster = new FakeCluster()
    const [first, second] = await pair(cluster)

    await pass(second.clock, 22_000)
    first.clock.stall(22_000)
    const onWaking = first.leadership.mayWrite()
    await pass([first.clock, second.clock], 5_000)

    assert.equal(onWaking, false)
    assert.deepEqual([first.leadership.isLeader(), second.leadership.isLeader()], [false, true])
    assert.deepEqual(first.changes, [true, false])
  })

  test('may write again after it stood still only once it has read the Lease', async () => {
    const cluster = new FakeCluster()
    const { leadership, clock } = replica(cluster, 'a')
    await pass(clock, 100)
    const held = cluster.hold(({ method }) => method === 'GET')

    clock.stall(12_000)
    await pass(clock, 1_000)
    const before = leadership.mayWrite()
    held.letGo()
    await pass(clock, 0)

    assert.deepEqual([before, leadership.mayWrite()], [false, true])
  })

  test('a renewal under way for long counts from when it was asked for', async () => {
    const cluster = new FakeCluster()
    const { leadership, clock } = replica(cluster, 'a')
    await pass(clock, 100)
    const held = cluster.hold(({ method }) => method === 'PATCH')

    await pass(clock, 6_000)
    clock.stall(20_000)
    held.letGo()
    await pass(clock, 0)

    assert.equal(leadership.mayWrite(), false)
  })

  test('a renewal that was held back loses against the new leader', async () => {
    const cluster = new FakeCluster()
    const [first, second] = await pair(cluster)
    const held = cluster.hold(({ by, method }) => by === 'a' && method === 'PATCH')

    await pass(first.clock, 5_000)
    await pass(second.clock, 25_000)
    held.letGo()
    await pass([first.clock, second.clock], 1_000)

    assert.equal(spec(cluster)['holderIdentity'], 'b')
    assert.equal(first.leadership.isLeader(), false)
  })

  test('writes no more after 10 s, and leads no more after 15 s, without an API server', async () => {
    const cluster = new FakeCluster()
    const { leadership, clock, changes } = replica(cluster, 'a')
    await pass(clock, 100)
    cluster.refuse(() => true, refusal(503))

    await pass(clock, 10_100)
    const early = [leadership.mayWrite(), leadership.isLeader()]
    await pass(clock, 10_000)

    assert.deepEqual(early, [false, true])
    assert.deepEqual([leadership.isLeader(), changes], [false, [true, false]])
  })

  test('waits as long as the API server says', async () => {
    const cluster = new FakeCluster()
    cluster.refuse(() => true, refusal(429, 'busy', 30_000))

    const { clock } = replica(cluster, 'a')
    await pass(clock, 29_000)

    assert.equal(cluster.asked.length, 1)
  })

  test('says once what right is missing', async () => {
    const cluster = new FakeCluster()
    cluster.refuse(() => true, refusal(403, 'no'))

    const { clock, log } = replica(cluster, 'a')
    await pass(clock, 60_000)

    assert.equal(log.length, 1)
    assert.match(log[0] ?? '', /^warn .*"get", "update" and "patch" on lease "tidegate" in namespace "gate"$/)
  })

  test('a new process with the name of an old one waits like any other', async () => {
    const cluster = new FakeCluster()
    const old = replica(cluster, 'a')
    await pass(old.clock, 100)
    await old.leadership[Symbol.asyncDispose]()

    const next = replica(cluster, 'a')
    await pass(next.clock, 10_000)
    const early = next.leadership.isLeader()
    await pass(next.clock, 10_000)

    assert.deepEqual([early, next.leadership.isLeader()], [false, true])
  })

  test('keeps the addresses that were published for the next leader', async () => {
    const cluster = new FakeCluster()
    const [first, second] = await pair(cluster)

    const isPublished = await first.leadership.publish(['192.0.2.1', 'gate.test'])
    await pass(second.clock, 25_000)

    assert.equal(isPublished, true)
    assert.deepEqual(second.leadership.published, ['192.0.2.1', 'gate.test'])
  })

  test('lets only the leader publish', async () => {
    const cluster = new FakeCluster()
    const [, second] = await pair(cluster)

    const isPublished = await second.leadership.publish(['192.0.2.1'])

    assert.equal(isPublished, false)
    assert.deepEqual(annotations(cluster), ['replica.tidegate.dev/a', 'replica.tidegate.dev/b'])
  })
})

describe('signs of life', () => {
  test('every replica gives its own, whoever leads', async () => {
    const cluster = new FakeCluster()
    await pair(cluster)

    assert.deepEqual(annotations(cluster), ['replica.tidegate.dev/a', 'replica.tidegate.dev/b'])
  })

  test('the leader drops that of a replica that is gone', async () => {
    const cluster = new FakeCluster()
    const [first] = await pair(cluster)

    await pass(first.clock, 45_000)

    assert.deepEqual(annotations(cluster), ['replica.tidegate.dev/a'])
  })

  test('a name that no annotation can have is hashed', async () => {
    const cluster = new FakeCluster()

    const { clock } = replica(cluster, `pod_${'x'.repeat(80)}/1`)
    await pass(clock, 100)

    assert.match(annotations(cluster)[0] ?? '', /^replica\.tidegate\.dev\/[0-9a-f]{40}$/)
  })
})

describe('leaving', () => {
  test('the leader that is not the last frees the Lease, and the other takes it at once', async () => {
    const cluster = new FakeCluster()
    const [first, second] = await pair(cluster)

    const left = await first.leadership.leave()
    const holder = spec(cluster)['holderIdentity']
    await pass(second.clock, 4_000)

    assert.deepEqual([left, holder, second.leadership.isLeader()], ['not last', '', true])
    assert.deepEqual(annotations(cluster), ['replica.tidegate.dev/b'])
  })

  test('the last one leads until it has cleaned up', async () => {
    const cluster = new FakeCluster()
    const [first, second] = await pair(cluster)

    await first.leadership.leave()
    const left = await second.leadership.leave()
    const mayWrite = second.leadership.mayWrite()
    await pass(second.clock, 30_000)
    const mayWriteLong = second.leadership.mayWrite()
    await second.leadership.release()

    assert.deepEqual([left, mayWrite, mayWriteLong], ['last', true, true])
    assert.equal(spec(cluster)['holderIdentity'], '')
    assert.deepEqual(annotations(cluster), [])
  })

  test('of two that leave at the same time exactly one is the last', async () => {
    const cluster = new FakeCluster()
    const [first, second] = await pair(cluster)

    const left = await Promise.all([second.leadership.leave(), first.leadership.leave()])

    assert.deepEqual(left.sort(), ['last', 'not last'])
  })

  test('one whose leader fell silent is the last once that is gone for good', async () => {
    const cluster = new FakeCluster()
    const [, second] = await pair(cluster)

    await pass(second.clock, 40_000)
    const left = await second.leadership.leave()

    assert.equal(left, 'last')
  })
})
