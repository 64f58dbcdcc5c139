import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KubernetesReporter } from '../../../../src/control/kubernetes/reporter.ts'
import type { StatusSource } from '../../../../src/model/kubernetes-settings.ts'
import type { ObjectProblem, ObjectRef } from '../../../../src/translate/kubernetes/pieces.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { FakeCluster, pass } from './fake-cluster.ts'

interface Options {
  readonly identity?: string
  readonly status?: StatusSource
  readonly events?: 'on' | 'off'
}

function replica(cluster: FakeCluster, clock: FakeClock, options: Options = {}) {
  const { identity = 'a', events = 'on' } = options
  const log: string[] = []
  const reporter = new KubernetesReporter({
    api: cluster.api(identity),
    settings: {
      controller: 'tidegate.dev/ingress-controller',
      status: options.status ?? { from: 'addresses', addresses: ['192.0.2.1'] },
      events,
      leaderElection: { lease: 'tidegate', namespace: undefined },
    },
    clock,
    random: () => 0.5,
    identity,
    namespace: 'gate',
    service: () => undefined,
    nodeAddresses: () => [],
    ingresses: () => cluster.ingresses(),
    ingressStatus: (namespace, name) => cluster.ingressStatus(namespace, name),
    log: (level, message) => log.push(`${level} ${message}`),
  })
  reporter.start()
  return { reporter, log }
}

function problemOf(object: ObjectRef): ObjectProblem {
  return {
    severity: 'error',
    object,
    origin: {
      source: 'kubernetes',
      file: `Ingress ${object.namespace}/${object.name}`,
      line: 0,
      column: 0,
      field: '',
    },
    reason: 'ServiceNotFound',
    message: 'there is no service',
    remedy: 'create it',
  }
}

const ours = [{ ip: '192.0.2.1' }]

describe('the reporter', () => {
  test('writes status once the model that accepted the Ingress is in force, and not before', async () => {
    const cluster = new FakeCluster()
    const clock = new FakeClock()
    const web = cluster.addIngress('shop', 'web')
    const { reporter } = replica(cluster, clock)

    reporter.report({ hash: 'one', problems: [], accepted: [web] })
    reporter.inForce('zero')
    await pass(clock, 70_000)
    const early = cluster.entries('shop', 'web')
    reporter.inForce('one')
    await pass(clock, 1_000)

    assert.deepEqual([early, cluster.entries('shop', 'web')], [[], ours])
  })

  test('writes status at once when the model in force accepts another Ingress', async () => {
    const cluster = new FakeCluster()
    const clock = new FakeClock()
    const { reporter } = replica(cluster, clock)
    reporter.inForce('one')

    reporter.report({ hash: 'one', problems: [], accepted: [cluster.addIngress('shop', 'web')] })
    await pass(clock, 1_000)

    assert.deepEqual(cluster.entries('shop', 'web'), ours)
  })

  test('does not wait for a model that a newer one overtook', async () => {
    const cluster = new FakeCluster()
    const clock = new FakeClock()
    const { reporter } = replica(cluster, clock)
    const [web, api] = [cluster.addIngress('shop', 'web'), cluster.addIngress('shop', 'api')]
    reporter.report({ hash: 'one', problems: [], accepted: [web] })
    reporter.report({ hash: 'two', problems: [], accepted: [api] })

    reporter.inForce('two')
    reporter.inForce('one')
    await pass(clock, 2_000)

    assert.deepEqual([cluster.entries('shop', 'web'), cluster.entries('shop', 'api')], [[], ours])
  })

  test('tells problems at once, in force or not', async () => {
    const cluster = new FakeCluster()
    const clock = new FakeClock()
    const { reporter } = replica(cluster, clock)

    const web = cluster.addIngress('shop', 'web')
    reporter.report({ hash: 'one', problems: [problemOf(web)], accepted: [] })
    await pass(clock, 1_000)

    assert.equal(cluster.events().length, 1)
  })

  test('of two replicas only the leader writes, and the other takes all over', async () => {
    const cluster = new FakeCluster()
    const clocks = [new FakeClock(), new FakeClock()] as const
    const web = cluster.addIngress('shop', 'web')
    const said = { hash: 'one', problems: [problemOf(web)], accepted: [web] }
    const first = replica(cluster, clocks[0])
    await pass(clocks[0], 100)
    const second = replica(cluster, clocks[1], { identity: 'b' })
    first.reporter.report(said)
    second.reporter.report(said)
    first.reporter.inForce('one')
    second.reporter.inForce('one')
    await pass(clocks, 20_000)
    const ofSecond = cluster.asked.filter(({ by, path }) => by === 'b' && !path.includes('/leases')).length

    cluster.setEntries('shop', 'web', [])
    await pass(clocks[1], 40_000)
    clocks[0].stall(40_000)

    assert.equal(ofSecond, 0)
    assert.deepEqual([first.reporter.isLeader(), second.reporter.isLeader()], [false, true])
    assert.deepEqual(cluster.entries('shop', 'web'), ours)
    assert.equal(cluster.events().length, 1)
  })

  test('asks the API server nothing when status and events are off', async () => {
    const cluster = new FakeCluster()
    const clock = new FakeClock()
    const { reporter } = replica(cluster, clock, { status: { from: 'off' }, events: 'off' })

    reporter.report({ hash: 'one', problems: [], accepted: [cluster.addIngress('shop', 'web')] })
    reporter.inForce('one')
    await pass(clock, 70_000)
    await reporter.stop(1_000)

    assert.deepEqual(cluster.asked, [])
  })

  test('tells problems and leaves status alone when that is off', async () => {
    const cluster = new FakeCluster()
    const clock = new FakeClock()
    const { reporter } = replica(cluster, clock, { status: { from: 'off' } })

    const web = cluster.addIngress('shop', 'web')
    reporter.report({ hash: 'one', problems: [problemOf(web)], accepted: [web] })
    reporter.inForce('one')
    await pass(clock, 70_000)
    await reporter.stop(1_000)

    assert.equal(cluster.events().length, 1)
    assert.deepEqual(cluster.entries('shop', 'web'), [])
  })
})

describe('the reporter at its end', () => {
  async function serving(cluster: FakeCluster, clock: FakeClock, identity = 'a') {
    const found = cluster.ingresses()[0]?.meta
    const web =
      found === undefined
        ? cluster.addIngress('shop', 'web')
        : ({ ...found, kind: 'Ingress', apiVersion: 'networking.k8s.io/v1' } as const)
    const started = replica(cluster, clock, { identity })
    started.reporter.report({ hash: 'one', problems: [], accepted: [web] })
    started.reporter.inForce('one')
    await pass(clock, 5_000)
    return started
  }

  test('takes the addresses away when it is the last replica, and frees the Lease', async () => {
    const cluster = new FakeCluster()
    const clock = new FakeClock()
    const { reporter } = await serving(cluster, clock)
    const before = cluster.entries('shop', 'web')

    const stopped = reporter.stop(5_000)
    await pass(clock, 1_000)
    await stopped

    assert.deepEqual([before, cluster.entries('shop', 'web')], [ours, []])
    assert.equal((cluster.lease()['spec'] as { holderIdentity: string }).holderIdentity, '')
  })

  test('leaves them when there is another replica', async () => {
    const cluster = new FakeCluster()
    const clocks = [new FakeClock(), new FakeClock()] as const
    const first = await serving(cluster, clocks[0])
    await serving(cluster, clocks[1], 'b')

    const stopped = first.reporter.stop(5_000)
    await pass(clocks, 1_000)
    await stopped

    assert.deepEqual(cluster.entries('shop', 'web'), ours)
  })

  test('takes them away as the last although the leader went before it', async () => {
    const cluster = new FakeCluster()
    const clocks = [new FakeClock(), new FakeClock()] as const
    const first = await serving(cluster, clocks[0])
    const second = await serving(cluster, clocks[1], 'b')

    const stopped = [first.reporter.stop(5_000), second.reporter.stop(5_000)]
    await pass(clocks, 2_000)
    await Promise.all(stopped)

    assert.deepEqual(cluster.entries('shop', 'web'), [])
  })

  test('ends in time although nothing answers, and says what was left', async () => {
    const cluster = new FakeCluster()
    const clock = new FakeClock()
    const { reporter, log } = await serving(cluster, clock)
    cluster.hold(({ path }) => path.includes('/ingresses/'))

    const stopped = reporter.stop(5_000)
    await pass(clock, 4_900)
    const early = log.length
    await pass(clock, 200)
    await stopped

    assert.equal(log.length, early + 1)
    assert.match(log.at(-1) ?? '', /^warn the time to stop was too short/)
  })

  test('says and writes nothing afterwards', async () => {
    const cluster = new FakeCluster()
    const clock = new FakeClock()
    const { reporter } = await serving(cluster, clock)
    await reporter[Symbol.asyncDispose]()
    const asked = cluster.asked.length

    const api = cluster.addIngress('shop', 'api')
    reporter.report({ hash: 'two', problems: [problemOf(api)], accepted: [api] })
    reporter.inForce('two')
    await pass(clock, 70_000)

    assert.equal(cluster.asked.length, asked)
  })
})
