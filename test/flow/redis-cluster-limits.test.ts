import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Verdict } from '../../src/limits/limiter.ts'
import { askOf, slotOfSubject, subjectOn } from '../support/cluster-subjects.ts'
import { childrenAdmit } from '../support/limiter-children.ts'
import { moveSlot, RedisCluster } from '../support/redis-cluster.ts'
import { admittedOf, limitOf, type RedisStage, redisStage } from '../support/redis-limiter.ts'

const cluster = await RedisCluster.start(3)
const [first, second] = cluster.masters
if (first === undefined || second === undefined) throw new Error('there are no masters')
/** Answers that take long are no failures here. */
const patient = { settings: { deadline: 5000 } }
const stage = await redisStage(cluster.ports, patient)
/** So slow that nothing comes back during a test. */
const slow = 0.01
const masters = [0, 1, 2]

after(async () => {
  await stage[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
})

/** Asks a subject again and again until something is done; gives the verdicts. */
async function askDuring(
  done: Promise<unknown>,
  ask: (i: number) => Promise<Verdict>,
): Promise<readonly Verdict[]> {
  const end = new AbortController()
  const ended = done.then(() => end.abort())
  const verdicts: Verdict[] = []
  for (let i = 0; !end.signal.aborted; i++) {
    verdicts.push(await ask(i))
    // What is known to be denied takes no time at all.
    await turn()
  }
  await ended
  return verdicts
}

function whoDecided(verdicts: readonly Verdict[]): readonly string[] {
  return [...new Set(verdicts.map(({ by }) => by))]
}

function admitted(verdicts: readonly Verdict[]): number {
  return verdicts.filter(({ kind }) => kind === 'admitted').length
}

describe('a limiter on a Redis Cluster', () => {
  for (const master of masters) {
    test(`admits burst and one at once of a subject of node ${master}, by all its limits`, async () => {
      const subject = subjectOn(cluster, master, 'at-once')
      const [wide, narrow] = [limitOf(slow, 19, { id: 'wide' }), limitOf(slow, 9, { id: 'narrow' })]
      const take = () => stage.take(askOf(wide, subject), askOf(narrow, subject))

      assert.equal(await admittedOf(50, take), 10)
      assert.deepEqual((await stage.take(askOf(wide, subject))).remaining, [9])
    })
  }

  test('gives back what one subject gave when another denies', async () => {
    const wide = askOf(limitOf(slow, 9, { id: 'given-back' }), subjectOn(cluster, 0))
    const narrow = askOf(limitOf(slow, 0, { id: 'denies' }), subjectOn(cluster, 1))
    const both = await stage.take(wide, narrow)
    const { refunds } = stage.limiter.counters

    const denied = await stage.take(wide, narrow)

    assert.deepEqual([both.kind, both.remaining, both.by], ['admitted', [9, 0], 'store'])
    assert.deepEqual([denied.kind, denied.deniedBy, denied.by], ['denied', 1, 'store'])
    assert.equal(stage.limiter.counters.refunds, refunds + 1)
    assert.deepEqual((await stage.take(wide)).remaining, [8])
  })

  test('admits by four limiters at once what the narrower of two subjects holds, and no more', async () => {
    const wide = askOf(limitOf(slow, 99, { id: 'four-wide' }), subjectOn(cluster, 0))
    const narrow = askOf(limitOf(slow, 29, { id: 'four-narrow' }), subjectOn(cluster, 1))
    const stages = await Promise.all(masters.concat(3).map(() => redisStage(cluster.ports, patient)))

    const each = await Promise.all(stages.map((one) => admittedOf(20, () => one.take(wide, narrow))))
    // What was given back, or is on its way: all but the 30, and the little that is taken to see it.
    while ((await stage.take({ ...wide, cost: 0.001 })).remaining[0] !== 69) await turn()
    for (const one of stages) await one[Symbol.asyncDispose]()

    assert.equal(
      each.reduce((sum, n) => sum + n, 0),
      30,
    )
  })

  test('admits by four processes at once the rate, the burst and one, and hardly less', async () => {
    const [rate, burst, seconds] = [1000, 10, 1]

    const { admitted: all, ms } = await childrenAdmit(4, cluster.ports, { rate, burst, seconds })

    const most = (rate * ms) / 1000 + burst + 1
    assert.equal(all <= most, true, `${all} of ${most}`)
    assert.equal(all >= (rate * seconds) / 2, true, `${all} of ${most}`)
  })

  test('goes on after the script of a node was flushed', async () => {
    const [here, there] = [subjectOn(cluster, 0, 'flushed'), subjectOn(cluster, 1, 'flushed')]
    const limit = limitOf(slow, 9, { id: 'flushed' })
    await stage.take(askOf(limit, here), askOf(limit, there))
    const { scriptLoads } = stage.limiter.counters
    await first.command('SCRIPT', 'FLUSH')

    const verdict = await stage.take(askOf(limit, here), askOf(limit, there))

    assert.deepEqual([verdict.by, verdict.remaining], ['store', [8, 8]])
    assert.equal(stage.limiter.counters.scriptLoads, scriptLoads + 1)
  })
})

describe('a limiter on a Redis Cluster whose slots move', () => {
  test('follows a slot there and back under load, counts on, and troubles no other subject', async () => {
    const moving = subjectOn(cluster, 0, 'moving')
    const slot = slotOfSubject(moving)
    const limit = limitOf(slow, 199, { id: 'moving', onStoreError: 'closed' })
    const others = limitOf(slow, 1e6, { id: 'others' })
    const thereAndBack = async (): Promise<void> => {
      await moveSlot(slot, first, second)
      await moveSlot(slot, second, first)
    }
    const moved = thereAndBack()

    const [mine, theirs] = await Promise.all([
      askDuring(moved, () => stage.take(askOf(limit, moving))),
      askDuring(moved, (i) => stage.take(askOf(others, subjectOn(cluster, 1 + (i % 2))))),
    ])
    const rest = await admittedOf(400, () => stage.take(askOf(limit, moving)))

    assert.deepEqual(whoDecided(theirs), ['store'])
    assert.equal(admitted(mine) + rest <= 200, true)
    // All that was admitted is counted, wherever the slot was then.
    assert.equal(admitted(mine) + rest >= 200 - stage.limiter.counters.storeErrors.moving, true)
    assert.deepEqual(states(stage), ['starting > up', 'starting > up', 'starting > up'])
  })

  test('asks where the slot is going while it is on its way, and counts one limit there', async () => {
    const subject = subjectOn(cluster, 0, 'on-its-way')
    const slot = String(slotOfSubject(subject))
    const [source, target] = [await first.command('CLUSTER', 'MYID'), await second.command('CLUSTER', 'MYID')]
    await second.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', source)
    await first.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target)
    const [one, two] = [
      limitOf(slow, 4, { id: 'one' }),
      limitOf(slow, 4, { id: 'two', onStoreError: 'closed' }),
    ]

    const alone = [await stage.take(askOf(one, subject)), await stage.take(askOf(one, subject))]
    const { moving } = stage.limiter.counters.storeErrors
    // A node that has one of the keys and not the other may not decide over both.
    const both = await stage.take(askOf(one, subject), askOf(two, subject))
    await second.command('CLUSTER', 'SETSLOT', slot, 'STABLE')
    await first.command('CLUSTER', 'SETSLOT', slot, 'STABLE')

    assert.deepEqual(
      alone.map(({ by, remaining }) => [by, remaining]),
      [
        ['store', [4]],
        ['store', [3]],
      ],
    )
    assert.deepEqual([both.kind, both.deniedBy], ['unavailable', 1])
    assert.equal(stage.limiter.counters.storeErrors.moving, moving + 1)
    assert.equal(stage.limiter.counters.nodesDown, 0)
  })

  test('uses a node that is new', async () => {
    const fourth = await cluster.add()
    const subject = subjectOn(cluster, 1, 'new-node')
    const limit = limitOf(slow, 1e6, { id: 'new-node', onStoreError: 'closed' })
    await stage.take(askOf(limit, subject))

    await moveSlot(slotOfSubject(subject), second, fourth)
    const verdicts = await askDuring(stage.untilEvents(4), () => stage.take(askOf(limit, subject)))
    const after = await stage.take(askOf(limit, subject))

    assert.equal(stage.events[3]?.store, `127.0.0.1:${fourth.port}`)
    assert.deepEqual([after.by, after.remaining], ['store', [1e6 - 1 - admitted(verdicts)]])
  })
})

function states(of: RedisStage): readonly string[] {
  return of.events.map(({ from, to }) => `${from} > ${to}`)
}
