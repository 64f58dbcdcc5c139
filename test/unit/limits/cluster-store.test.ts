import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { SlotRange } from '../../../src/limits/cluster-slots.ts'
import { ClusterStore } from '../../../src/limits/cluster-store.ts'
import type { Topology } from '../../../src/limits/cluster-topology.ts'
import { LimitCounts } from '../../../src/limits/limit-counts.ts'
import type { StoreNode } from '../../../src/limits/store.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FakeStoreLink } from '../../support/fake-store-link.ts'

const failed: Topology = { kind: 'failure', failure: { kind: 'connection', cause: 'a:1: refused' } }

/** All slots, divided between the nodes in their order. */
function ranges(...hosts: readonly string[]): Topology {
  const width = 16_384 / hosts.length
  const of = (host: string, i: number): SlotRange => ({
    from: Math.ceil(i * width),
    to: Math.ceil((i + 1) * width) - 1,
    master: { host, port: 1 },
  })
  return { kind: 'slots', ranges: hosts.map(of) }
}

async function stage(first: Topology) {
  const clock = new FakeClock()
  const links = new Map<string, FakeStoreLink>()
  const events: string[] = []
  const counts = new LimitCounts()
  const asked: string[][] = []
  const topology = { now: first }
  const store = new ClusterStore(
    {
      seeds: [{ host: 'a', port: 1 }],
      prefix: 'tidegate:',
      random: () => 0.5,
      linkTo: ({ host }) => {
        const link = new FakeStoreLink()
        links.set(host, link)
        return link
      },
      findTopology: async (addresses) => {
        asked.push(addresses.map(({ host }) => host))
        return topology.now
      },
    },
    {
      clock,
      counts,
      onEvent: ({ store: of, from, to }) => events.push(`${of}: ${from} > ${to}`),
      onDown: () => {},
    },
  )
  const started = store.start()
  await turn()
  const connect = (host: string): void => {
    links.get(host)?.connect()
    links.get(host)?.admit()
  }
  const node = (slot: number): StoreNode => {
    const found = store.nodeOf(slot)
    assert.ok(found)
    return found
  }
  return { clock, store, links, events, counts, asked, topology, started, connect, node }
}

/** With two nodes that have answered their first probes. */
async function upStage() {
  const made = await stage(ranges('a', 'b'))
  made.connect('a')
  made.connect('b')
  await made.started
  return made
}

describe('the nodes of a Redis Cluster', () => {
  test('are asked about the slots that they serve', async () => {
    const { node, counts, store } = await upStage()

    assert.deepEqual([node(0).name, node(8191).name, node(8192).name], ['a:1', 'a:1', 'b:1'])
    assert.deepEqual([store.isUp, counts.store, counts.nodesDown], [true, 'up', 0])
  })

  test('are probed with a key of their own', async () => {
    const { links, store } = await stage(ranges('a', 'b'))

    for (const host of ['a', 'b']) links.get(host)?.connect()

    const keys = ['a', 'b'].map((host) => links.get(host)?.asked[0]?.keys[0] ?? '')
    assert.deepEqual(
      keys.map((key) => store.nodeOf(store.slotOf(key))?.name),
      ['a:1', 'b:1'],
    )
  })

  test('are followed when a slot moves, and asked anew, four times a second at most', async () => {
    const { store, node, connect, clock, asked } = await upStage()
    const before = asked.length

    const to = store.follow(0, node(0), { kind: 'moved', address: 'c:1' })
    connect('c')
    for (let i = 0; i < 20; i++) {
      store.follow(i, node(0), { kind: 'moved', address: 'c:1' })
      await clock.advanceAsync(10)
    }

    assert.deepEqual([to?.name, store.nodeOf(0)?.name, to?.health.isUp], ['c:1', 'c:1', true])
    assert.equal(asked.length - before <= 2, true)
  })

  test('are asked elsewhere for one question while a slot is on its way', async () => {
    const { store, node } = await upStage()

    const to = store.follow(0, node(0), { kind: 'asking', address: ':2' })

    assert.deepEqual([to?.name, store.nodeOf(0)?.name], ['a:2', 'a:1'])
  })

  test('are let go when two answers in a row have not named them', async () => {
    const { topology, clock, links, store, connect } = await upStage()
    topology.now = ranges('a', 'c')
    store.follow(16_383, store.nodeOf(0) as StoreNode, { kind: 'moved', address: 'c:1' })
    connect('c')

    await clock.advanceAsync(1000)
    await turn()
    const once = links.get('b')?.isClosed
    await clock.advanceAsync(1000)
    await turn()
    await clock.advanceAsync(1000)

    assert.deepEqual([once, links.get('b')?.isClosed, links.get('a')?.isClosed], [false, true, false])
  })

  test('are looked for each second while one does not answer, of those first that do', async () => {
    const { links, clock, asked, counts, store } = await upStage()
    const before = asked.length

    links.get('a')?.lose({ kind: 'connection', cause: 'gone' })
    await clock.advanceAsync(3000)

    assert.equal(asked.length - before, 3)
    assert.deepEqual(asked.at(-1), ['b', 'a'])
    assert.deepEqual([store.isUp, counts.store, counts.nodesDown], [true, 'up', 1])
  })

  test('are not looked for while all answer', async () => {
    const { clock, asked } = await upStage()

    await clock.advanceAsync(60_000)

    assert.equal(asked.length, 1)
  })

  test('are found later when none was there at first, which is told once', async () => {
    const { topology, clock, events, connect, started, store } = await stage(failed)
    await started
    await clock.advanceAsync(3000)

    topology.now = ranges('a')
    await clock.advanceAsync(1000)
    connect('a')

    assert.deepEqual(events, ['all nodes of its Cluster: starting > down', 'a:1: starting > up'])
    assert.equal(store.isUp, true)
  })

  test('leave no timer behind when it is closed', async () => {
    const { store, links, clock, node } = await upStage()
    store.follow(0, node(0), { kind: 'moved', address: 'c:1' })

    store.close()
    await clock.advanceAsync(100)

    assert.equal(clock.waiting, 0)
    assert.equal(
      [...links.values()].every(({ isClosed }) => isClosed),
      true,
    )
  })
})
