import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Ask, Limit } from '../../src/limits/limiter.ts'
import { StoreKeys } from '../../src/limits/store-keys.ts'
import { Secret } from '../../src/model/secret.ts'
import { askOf, subjectOn } from '../support/cluster-subjects.ts'
import { freePort } from '../support/free-port.ts'
import { RedisCluster } from '../support/redis-cluster.ts'
import { admittedOf, limitOf, type RedisStage, redisStage } from '../support/redis-limiter.ts'

const cluster = await RedisCluster.start(3)
const [first, second, third] = cluster.masters
if (first === undefined || second === undefined || third === undefined)
  throw new Error('there are no masters')
/** So slow that nothing comes back during a test. */
const slow = 0.01

after(() => cluster[Symbol.asyncDispose]())

/** What was told of a node since the start. */
function told(stage: RedisStage, { port }: { readonly port: number }): readonly string[] {
  return stage.events
    .filter(({ store }) => store === `127.0.0.1:${port}`)
    .map(({ from, to }) => `${from} > ${to}`)
}

/** Asks about subjects of a node until it is what it should be. */
async function askUntil(stage: RedisStage, subject: string, isDone: () => boolean): Promise<void> {
  for (let i = 0; !isDone(); i++) {
    await stage.take(askOf(limitOf(slow, 1e6, { id: `until-${i}`, onStoreError: 'open' }), subject))
    await turn()
  }
}

describe('a limiter on a Redis Cluster, one node of which fails', () => {
  test('by a kill, lets the posture decide over subjects of that node alone, until it is back', async () => {
    await using stage = await redisStage(cluster.ports)
    const open = limitOf(slow, 9, { id: 'killed-open', onStoreError: 'open' })
    const closed = limitOf(slow, 9, { id: 'killed-closed', onStoreError: 'closed' })
    const limits = [open, closed, limitOf(slow, 9, { id: 'killed-local' })]
    const [gone, there] = [subjectOn(cluster, 0, 'killed'), subjectOn(cluster, 1, 'killed')]

    await first.kill()
    await stage.untilEvents(4)
    const without = []
    for (const limit of limits) without.push(await stage.take(askOf(limit, gone)))
    const others = []
    for (const limit of limits) others.push(await stage.take(askOf(limit, there)))
    const { store, nodesDown } = stage.limiter.counters
    const refused = await stage.take(askOf(open, there), askOf(closed, gone))
    const counted = await stage.take(askOf(open, there))
    await first.start()
    await stage.untilEvents(5)
    const again = await stage.take(askOf(limitOf(slow, 9, { id: 'again' }), gone))

    assert.deepEqual(
      without.map(({ kind, by }) => `${kind} by ${by}`),
      ['admitted by nobody', 'unavailable by nobody', 'admitted by local'],
    )
    assert.deepEqual(
      others.map(({ kind, by }) => `${kind} by ${by}`),
      ['admitted by store', 'admitted by store', 'admitted by store'],
    )
    assert.deepEqual([store, nodesDown], ['up', 1])
    // What is refused anyhow takes from nobody.
    assert.deepEqual([refused.kind, refused.deniedBy, refused.retryAfterMs], ['unavailable', 1, 1000])
    assert.deepEqual([counted.remaining, stage.limiter.counters.refunds], [[8], 0])
    assert.deepEqual(told(stage, first), ['starting > up', 'up > down', 'down > up'])
    assert.equal(again.by, 'store')
  })

  test('by a kill, counts by itself what is owed later where it may, and says how often nobody was told', async () => {
    await using stage = await redisStage(cluster.ports)
    const posture = (onStoreError: Limit['onStoreError']): Ask =>
      askOf(limitOf(slow, 4, { id: `later-${onStoreError}`, onStoreError }), subjectOn(cluster, 0, 'later'))
    const there = askOf(limitOf(slow, 4, { id: 'later' }), subjectOn(cluster, 1, 'later'))

    await first.kill()
    await stage.untilEvents(4)
    const debits = [posture('local'), posture('open'), posture('closed'), there]
    stage.limiter.debit(debits.map((ask) => ({ ...ask, cost: 5 })))
    const verdicts = [await stage.take(posture('local')), await stage.take(there)]
    const { untold } = stage.limiter.counters
    await first.start()
    await stage.untilEvents(5)

    assert.deepEqual(
      verdicts.map(({ kind, by }) => `${kind} by ${by}`),
      ['denied by local', 'denied by store'],
    )
    assert.equal(untold, 2)
  })

  test('before it is given back what it gave, has that counted as told to nobody', async () => {
    await using stage = await redisStage(cluster.ports, { settings: { deadline: 60_000 } })
    const wide = askOf(limitOf(slow, 9, { id: 'untold-wide' }), subjectOn(cluster, 0, 'untold'))
    const narrow = askOf(limitOf(slow, 0, { id: 'untold-narrow' }), subjectOn(cluster, 1, 'untold'))
    await stage.take(narrow)

    second.signal('SIGSTOP')
    const denied = stage.take(wide, narrow)
    const key = new StoreKeys('tidegate:').keyOf(wide)
    while ((await first.command('EXISTS', key)) !== ':1') await turn()
    await first.kill()
    await stage.untilEvents(4)
    second.signal('SIGCONT')
    const { kind, by } = await denied
    await first.start()
    await stage.untilEvents(5)

    const { refunds, untold } = stage.limiter.counters
    assert.deepEqual([kind, by, refunds, untold], ['denied', 'store', 0, 1])
  })

  test('in the middle of a question, refuses by posture, and has all that was taken given back', async () => {
    await using stage = await redisStage(cluster.ports)
    await using patient = await redisStage(cluster.ports, { settings: { deadline: 5000 } })
    const closed = askOf(
      limitOf(slow, 9, { id: 'half-closed', onStoreError: 'closed' }),
      subjectOn(cluster, 0, 'half'),
    )
    const counted = askOf(limitOf(slow, 9, { id: 'half-counted' }), subjectOn(cluster, 1, 'half'))

    first.signal('SIGSTOP')
    const refused = await stage.take(counted, closed)
    const { refunds } = stage.limiter.counters
    first.signal('SIGCONT')
    // The frozen node has the question, takes when it thaws, and is told to give back: too late for anybody to be admitted.
    while (stage.limiter.counters.refunds < 2) await turn()

    assert.deepEqual([refused.kind, refused.deniedBy, refunds], ['unavailable', 1, 1])
    while ((await patient.take({ ...closed, cost: 0.001 })).remaining[0] !== 9) await turn()
    assert.equal(await admittedOf(50, () => patient.take(counted)), 10)
  })

  test('in the middle of a question, admits by posture, and counts what was answered', async () => {
    await using stage = await redisStage(cluster.ports)
    const open = askOf(
      limitOf(slow, 9, { id: 'half-open', onStoreError: 'open' }),
      subjectOn(cluster, 0, 'half'),
    )
    const counted = askOf(limitOf(slow, 0, { id: 'counted', onStoreError: 'open' }), subjectOn(cluster, 1))

    first.signal('SIGSTOP')
    const verdicts = [await stage.take(counted, open), await stage.take(counted, open)]
    first.signal('SIGCONT')

    assert.deepEqual(
      verdicts.map(({ kind, by, deniedBy, remaining }) => [kind, by, deniedBy, remaining]),
      [
        ['admitted', 'nobody', -1, [0, -1]],
        ['denied', 'store', 0, [0, -1]],
      ],
    )
  })

  test('by freezing, is asked no more after five failures, and again when it thaws', async () => {
    await using stage = await redisStage(cluster.ports)
    const [gone, there] = [subjectOn(cluster, 0, 'frozen'), subjectOn(cluster, 1, 'frozen')]

    first.signal('SIGSTOP')
    await askUntil(stage, gone, () => stage.limiter.counters.nodesDown === 1)
    const { timeout } = stage.limiter.counters.storeErrors
    const other = await stage.take(askOf(limitOf(slow, 9, { id: 'frozen' }), there))
    first.signal('SIGCONT')
    await stage.untilEvents(5)

    assert.deepEqual([timeout >= 5, other.by], [true, 'store'])
    assert.deepEqual(told(stage, first), ['starting > up', 'up > down', 'down > up'])
  })

  test('for good, uses the replica that takes over', async () => {
    const replica = await cluster.add(third)
    await using stage = await redisStage(cluster.ports)
    const subject = subjectOn(cluster, 2, 'taken-over')
    await stage.take(askOf(limitOf(slow, 9, { id: 'taken-over' }), subject))

    await third.kill()
    await askUntil(stage, subject, () => told(stage, replica).includes('starting > up'))
    await askUntil(stage, subject, () => stage.limiter.counters.nodesDown === 0)
    const verdict = await stage.take(askOf(limitOf(slow, 9, { id: 'taken-over' }), subject))

    assert.equal(verdict.by, 'store')
    assert.deepEqual(told(stage, third), ['starting > up', 'up > down'])
  })
})

describe('a limiter that looks for a Redis Cluster', () => {
  test('says once that no node answers, and does without', async () => {
    const port = await freePort()
    await using stage = await redisStage([port])

    assert.deepEqual(
      stage.events.map(({ store, from, to }) => `${store}: ${from} > ${to}`),
      ['all nodes of its Cluster: starting > down'],
    )
    assert.match(stage.events[0]?.cause ?? '', /^127\.0\.0\.1:\d+: connect ECONNREFUSED/)
    assert.equal((await stage.take(limitOf(slow, 0))).by, 'local')
  })

  test('needs one of the nodes it was told of', async () => {
    await using stage = await redisStage([await freePort(), second.port])

    assert.equal((await stage.take(askOf(limitOf(slow, 9), subjectOn(cluster, 0)))).by, 'store')
  })

  test('says why a node refuses it, and tells nobody the password', async () => {
    const login = { username: 'nobody', password: new Secret('wrong-one') }
    await using stage = await redisStage([second.port], { settings: login })

    assert.match(stage.events[0]?.cause ?? '', /^127\.0\.0\.1:\d+: WRONGPASS /)
    assert.doesNotMatch(JSON.stringify(stage.events), /wrong-one/)
  })

  test('logs in as a user who may do only what it needs', async () => {
    // As the reference has them.
    const rules = ['+eval', '+evalsha', '+time', '+get', '+set', '+info', '+asking', '+cluster|slots']
    for (const node of [first, second])
      await node.command('ACL', 'SETUSER', 'gateway', 'on', '>pw', ...rules, '~tidegate:*')
    const login = { settings: { username: 'gateway', password: new Secret('pw') } }

    await using stage = await redisStage([first.port], login)

    const verdicts = [
      await stage.take(askOf(limitOf(slow, 9), subjectOn(cluster, 0))),
      await stage.take(askOf(limitOf(slow, 9), subjectOn(cluster, 1))),
    ]
    assert.deepEqual(
      verdicts.map(({ by }) => by),
      ['store', 'store'],
    )
  })
})
