import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { StatusAddresses } from '../../../../src/control/kubernetes/status-addresses.ts'
import { usualStatusLimits } from '../../../../src/control/kubernetes/status-limits.ts'
import { StatusWriter } from '../../../../src/control/kubernetes/status-writer.ts'
import type { IngressStatus } from '../../../../src/translate/kubernetes/objects.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { type Asked, FakeCluster, pass, refusal } from './fake-cluster.ts'

/** A leader as the writer sees it. */
class Term {
  isOn = true
  published: readonly string[] = []
  /** In the order of publishing. */
  readonly history: string[] = []

  mayWrite(): boolean {
    return this.isOn
  }

  async publish(addresses: readonly string[]): Promise<boolean> {
    this.published = addresses
    this.history.push(addresses.join(','))
    return this.isOn
  }
}

function stage(
  addresses: readonly string[] | StatusAddresses = ['192.0.2.1'],
  cluster: FakeCluster = new FakeCluster(),
) {
  const clock = new FakeClock()
  const term = new Term()
  const log: string[] = []
  const world = {
    addresses: 'kind' in addresses ? addresses : ({ kind: 'known', addresses } as StatusAddresses),
    /** What the source knows, where it is not the newest. */
    stale: new Map<string, IngressStatus>(),
  }
  const writer = new StatusWriter({
    api: cluster.api(),
    clock,
    random: () => 0.5,
    log: (level, message) => log.push(`${level} ${message}`),
    term,
    manager: 'tidegate@gate',
    limits: usualStatusLimits,
    addresses: () => world.addresses,
    ingresses: () => cluster.ingresses(),
    ingressStatus: (namespace, name) => world.stale.get(name) ?? cluster.ingressStatus(namespace, name),
  })
  writer.start()
  return { cluster, clock, term, log, world, writer }
}

const theirs = { ip: '198.51.100.1' }
const ours = { ip: '192.0.2.1' }
const isWrite = ({ method }: Asked) => method === 'PATCH'

describe('the status of an accepted Ingress', () => {
  test('has our addresses beside those of others', async () => {
    const { cluster, clock, writer } = stage()
    const web = cluster.addIngress('shop', 'web', [theirs])

    writer.accept([web])
    await pass(clock, 100)

    assert.deepEqual(cluster.entries('shop', 'web'), [theirs, ours])
  })

  test('is written under the version that was read', async () => {
    const { cluster, clock, writer } = stage()
    const web = cluster.addIngress('shop', 'web')
    const version = cluster.ingressStatus('shop', 'web')?.resourceVersion

    writer.accept([web])
    await pass(clock, 100)

    assert.deepEqual(cluster.writes('ingresses')[0], {
      by: 'a',
      method: 'PATCH',
      path: '/apis/networking.k8s.io/v1/namespaces/shop/ingresses/web/status?fieldManager=tidegate%40gate',
      body: {
        metadata: { uid: web.uid, resourceVersion: version },
        status: { loadBalancer: { ingress: [ours] } },
      },
    })
  })

  test('is written only after the addresses were published', async () => {
    const { cluster, clock, term, writer } = stage()
    term.publish = () => Promise.resolve(false)

    writer.accept([cluster.addIngress('shop', 'web')])
    await pass(clock, 10_000)

    assert.deepEqual(cluster.writes('ingresses'), [])
  })

  test('is left alone when it is right', async () => {
    const { cluster, clock, writer } = stage()

    writer.accept([cluster.addIngress('shop', 'web', [ours])])
    await pass(clock, 130_000)

    assert.deepEqual(cluster.asked, [])
  })

  test('is mended at the next refresh when somebody else took our entry out', async () => {
    const { cluster, clock, writer } = stage()
    writer.accept([cluster.addIngress('shop', 'web')])
    await pass(clock, 100)
    cluster.setEntries('shop', 'web', [theirs])

    await pass(clock, 50_000)
    const early = cluster.entries('shop', 'web')
    await pass(clock, 16_000)

    assert.deepEqual([early, cluster.entries('shop', 'web')], [[theirs], [theirs, ours]])
  })

  test('follows the addresses within seconds, and old ones are forgotten once no entry has them', async () => {
    const { cluster, clock, term, world, writer } = stage()
    writer.accept([cluster.addIngress('shop', 'web', [theirs])])
    await pass(clock, 100)

    world.addresses = { kind: 'known', addresses: ['192.0.2.2'] }
    await pass(clock, 6_000)
    const entries = cluster.entries('shop', 'web')
    await pass(clock, 65_000)

    assert.deepEqual(entries, [theirs, { ip: '192.0.2.2' }])
    assert.deepEqual(term.history, ['192.0.2.1', '192.0.2.1,192.0.2.2', '192.0.2.2'])
  })

  test('loses our entries when there are no addresses any more', async () => {
    const { cluster, clock, world, writer } = stage()
    writer.accept([cluster.addIngress('shop', 'web', [theirs])])
    await pass(clock, 100)

    world.addresses = { kind: 'known', addresses: [] }
    await pass(clock, 6_000)

    assert.deepEqual(cluster.entries('shop', 'web'), [theirs])
  })

  test('stays as it is while the addresses cannot be told, and that is said once', async () => {
    const { cluster, clock, log, term, writer } = stage({
      kind: 'unknown',
      message: 'no service',
      remedy: 'name one',
    })
    term.published = ['192.0.2.1']

    writer.accept([cluster.addIngress('shop', 'web', [ours])])
    await pass(clock, 200_000)

    assert.deepEqual(cluster.entries('shop', 'web'), [ours])
    assert.deepEqual(log, ['warn no service; name one'])
  })

  test('is not touched when status is off', async () => {
    const { cluster, clock, term, writer } = stage({ kind: 'off' })
    term.published = ['192.0.2.1']

    writer.accept([cluster.addIngress('shop', 'web', [ours])])
    await pass(clock, 70_000)

    assert.deepEqual(cluster.asked, [])
  })

  test('of another object with the same name is not written', async () => {
    const { cluster, clock, writer } = stage()
    const before = cluster.addIngress('shop', 'web')
    cluster.deleteIngress('shop', 'web')
    cluster.addIngress('shop', 'web')

    writer.accept([before])
    await pass(clock, 1_000)

    assert.deepEqual(cluster.asked, [])
  })
})

describe('writing status', () => {
  test('begins only while this replica may write', async () => {
    const { cluster, clock, term, writer } = stage()
    term.isOn = false

    writer.accept([cluster.addIngress('shop', 'web')])
    await pass(clock, 70_000)
    const early = cluster.asked.length
    term.isOn = true
    writer.onLeader(true)
    await pass(clock, 100)

    assert.equal(early, 0)
    assert.deepEqual(cluster.entries('shop', 'web'), [ours])
  })

  test('stops in the middle when this replica may write no more', async () => {
    const { cluster, clock, term, writer } = stage()
    const refs = Array.from({ length: 40 }, (_, i) => cluster.addIngress('shop', `web-${i}`))

    writer.accept(refs)
    await pass(clock, 1_000)
    term.isOn = false
    const written = cluster.writes('ingresses').length
    await pass(clock, 10_000)

    assert.ok(written > 10 && written < 30, `${written} were written`)
    assert.equal(cluster.writes('ingresses').length, written)
  })

  test('reads again after it lost, and keeps what others wrote meanwhile', async () => {
    const { cluster, clock, world, writer } = stage()
    const web = cluster.addIngress('shop', 'web')
    world.stale.set('web', cluster.ingressStatus('shop', 'web')!)
    cluster.setEntries('shop', 'web', [theirs])

    writer.accept([web])
    await pass(clock, 1_000)

    assert.deepEqual(cluster.entries('shop', 'web'), [theirs, ours])
    assert.deepEqual(
      cluster.asked.map(({ method }) => method),
      ['PATCH', 'GET', 'PATCH'],
    )
  })

  test('does not come again after it lost while this replica stood still', async () => {
    const { cluster, clock, term, writer } = stage()
    const held = cluster.hold(isWrite)
    writer.accept([cluster.addIngress('shop', 'web')])
    await pass(clock, 100)

    cluster.setEntries('shop', 'web', [{ ip: '192.0.2.99' }])
    term.isOn = false
    held.letGo()
    await pass(clock, 70_000)

    assert.deepEqual(cluster.entries('shop', 'web'), [{ ip: '192.0.2.99' }])
    assert.equal(cluster.asked.length, 1)
  })

  test('remembers nothing of an Ingress that was gone when it was written', async () => {
    const { cluster, clock, writer } = stage()
    const web = cluster.addIngress('shop', 'web')
    cluster.refuse(isWrite, refusal(409), 1)
    cluster.refuse(isWrite, refusal(404), 1)
    writer.accept([web])
    await pass(clock, 1_000)

    writer.accept([web])
    await pass(clock, 1_000)

    assert.deepEqual(
      cluster.asked.map(({ method }) => method),
      ['PATCH', 'GET', 'PATCH', 'PATCH'],
    )
  })

  test('is spaced, and few are under way at once', async () => {
    const { cluster, clock, writer } = stage()
    const held = cluster.hold(isWrite)
    const refs = Array.from({ length: 40 }, (_, i) => cluster.addIngress('shop', `web-${i}`))

    writer.accept(refs)
    await pass(clock, 5_000)
    const atOnce = cluster.asked.length
    held.letGo()
    await pass(clock, 1_000)

    assert.equal(atOnce, 5)
    assert.ok(cluster.asked.length <= 26, `${cluster.asked.length} in a second`)
  })

  test('of one Ingress is not held up by another that fails', async () => {
    const { cluster, clock, writer } = stage()
    cluster.refuse(({ path }) => path.includes('/bad/'), refusal(500))

    writer.accept([cluster.addIngress('shop', 'bad'), cluster.addIngress('shop', 'good')])
    await pass(clock, 1_000)
    const early = cluster.entries('shop', 'bad')
    cluster.accept()
    await pass(clock, 30_000)

    assert.deepEqual(cluster.entries('shop', 'good'), [ours])
    assert.deepEqual([early, cluster.entries('shop', 'bad')], [[], [ours]])
  })

  test('says once what right is missing, and tries again at every refresh only', async () => {
    const { cluster, clock, log, writer } = stage()
    cluster.refuse(isWrite, refusal(403, 'no'))

    writer.accept([cluster.addIngress('shop', 'web')])
    await pass(clock, 150_000)

    assert.equal(log.length, 1)
    assert.match(log[0] ?? '', /"patch" on ingresses\/status in group networking\.k8s\.io$/)
    assert.equal(cluster.writes('ingresses').length, 3)
  })
})

describe('an Ingress that is no longer ours', () => {
  test('loses our entries and keeps the others', async () => {
    const { cluster, clock, writer } = stage()
    const web = cluster.addIngress('shop', 'web', [theirs])
    writer.accept([web])
    await pass(clock, 100)

    writer.accept([])
    await pass(clock, 1_000)

    assert.deepEqual(cluster.entries('shop', 'web'), [theirs])
  })

  test('loses them although the source has not heard of them yet', async () => {
    const { cluster, clock, world, writer } = stage()
    const web = cluster.addIngress('shop', 'web')
    world.stale.set('web', cluster.ingressStatus('shop', 'web')!)
    writer.accept([web])
    await pass(clock, 100)

    writer.accept([])
    await pass(clock, 1_000)

    assert.deepEqual(cluster.entries('shop', 'web'), [])
  })

  test('is cleaned once, and what somebody else writes there later stays', async () => {
    const { cluster, clock, writer } = stage()
    writer.accept([cluster.addIngress('shop', 'web')])
    await pass(clock, 100)
    writer.accept([])
    await pass(clock, 1_000)

    cluster.setEntries('shop', 'web', [ours])
    await pass(clock, 130_000)

    assert.deepEqual(cluster.entries('shop', 'web'), [ours])
  })

  test('is cleaned of what an earlier process of ours left', async () => {
    const before = stage()
    before.writer.accept([before.cluster.addIngress('shop', 'web', [theirs])])
    await pass(before.clock, 100)
    const { cluster, clock, term, writer } = stage(['192.0.2.1'], before.cluster)
    term.published = ['192.0.2.1']

    writer.accept([])
    await pass(clock, 1_000)

    assert.deepEqual(cluster.entries('shop', 'web'), [theirs])
  })

  test('keeps an entry with an address of ours that another controller wrote', async () => {
    const { cluster, clock, term, writer } = stage()
    cluster.addIngress('shop', 'web', [ours])
    term.published = ['192.0.2.1']

    writer.accept([])
    await pass(clock, 130_000)

    assert.deepEqual(cluster.entries('shop', 'web'), [ours])
    assert.deepEqual(cluster.writes('ingresses'), [])
  })
})

describe('clearing', () => {
  test('takes all our entries away, and says that none is published', async () => {
    const { cluster, clock, term, writer } = stage()
    const refs = Array.from({ length: 100 }, (_, i) => cluster.addIngress('shop', `web-${i}`, [theirs]))
    writer.accept(refs)
    await pass(clock, 10_000)

    const cleared = writer.clear()
    await pass(clock, 2_000, 10)
    await cleared

    assert.deepEqual(
      refs.map(({ name }) => cluster.entries('shop', name)),
      refs.map(() => [theirs]),
    )
    assert.deepEqual(term.published, [])
  })

  test('gives up what is under way when the time is over', async () => {
    const { cluster, clock, writer } = stage()
    writer.accept([cluster.addIngress('shop', 'web')])
    await pass(clock, 100)
    cluster.hold(isWrite)

    void writer.clear()
    await pass(clock, 1_000)
    await writer[Symbol.asyncDispose]()

    assert.deepEqual(cluster.entries('shop', 'web'), [ours])
  })
})
