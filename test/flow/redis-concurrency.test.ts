import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { Redis } from 'ioredis'
import type { ConcurrencyLimit, NoPermit, Permit } from '../../src/limits/concurrency/permits.ts'
import { Secret } from '../../src/model/secret.ts'
import { type PermitStage, permitStage } from '../support/permit-stage.ts'
import { patienceMs } from '../support/raw-client.ts'
import { RedisCluster } from '../support/redis-cluster.ts'
import { limitOf as rateOf } from '../support/redis-limiter.ts'
import { RedisServer } from '../support/redis-server.ts'

function limitOf(most: number, onStoreError: ConcurrencyLimit['onStoreError'] = 'local'): ConcurrencyLimit {
  return { id: 'all', most, store: 'shared', onStoreError }
}

type Verdict = Permit | NoPermit

async function take({ concurrency }: PermitStage, limit: ConcurrencyLimit, subject = 's'): Promise<Verdict> {
  return concurrency.take({ limit, subject })
}

function kindsOf(verdicts: readonly Verdict[]): string[] {
  return verdicts.map(({ kind }) => kind)
}

function giveBack(verdict: Verdict | undefined): void {
  assert.equal(verdict?.kind, 'admitted')
  if (verdict?.kind === 'admitted') verdict.giveBack()
}

/** Asks until there is a permit. */
async function taken(stage: PermitStage, limit: ConcurrencyLimit): Promise<Verdict | undefined> {
  let last: Verdict | undefined
  await until(async () => {
    last = await take(stage, limit)
    return last.kind === 'admitted'
  })
  return last
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + patienceMs
  while (!(await condition())) assert.ok(performance.now() < end, 'waited in vain')
}

describe('requests in flight that are counted in Redis', () => {
  let server: RedisServer
  let client: Redis

  before(async () => {
    server = await RedisServer.start()
    client = new Redis(server.port, { host: '127.0.0.1' })
  })
  beforeEach(() => client.flushall())
  after(async () => {
    client.disconnect()
    await server[Symbol.asyncDispose]()
  })

  test('are as many together as the limit says, for each subject', async () => {
    await using one = await permitStage(server.port)
    await using other = await permitStage(server.port)

    const verdicts = [
      await take(one, limitOf(2)),
      await take(other, limitOf(2)),
      await take(one, limitOf(2)),
      await take(other, limitOf(2)),
      await take(other, limitOf(2), 't'),
    ]

    assert.deepEqual(kindsOf(verdicts), ['admitted', 'admitted', 'denied', 'denied', 'admitted'])
    assert.deepEqual(
      verdicts.map((verdict) => (verdict.kind === 'admitted' ? verdict.left : -1)),
      [1, 0, -1, -1, 1],
    )
  })

  test('are given back by their end, and leave nothing behind', async () => {
    await using one = await permitStage(server.port)
    await using other = await permitStage(server.port)
    const first = await take(one, limitOf(1))

    giveBack(first)
    giveBack(await taken(other, limitOf(1)))
    giveBack(await taken(one, limitOf(1)))

    await until(async () => (await client.keys('*:flight:*')).length === 0)
    assert.deepEqual([one.concurrency.inFlight, other.concurrency.inFlight], [0, 0])
  })

  test('never are more than the limit, with four processes that take and give back', async () => {
    const stages = await Promise.all([1, 2, 3, 4].map(() => permitStage(server.port)))
    let inFlight = 0
    let most = 0
    let admitted = 0
    const busy = async (stage: PermitStage): Promise<void> => {
      for (let i = 0; i < 150; i++) {
        const verdict = await take(stage, limitOf(5))
        if (verdict.kind !== 'admitted') continue
        most = Math.max(most, ++inFlight)
        admitted++
        await new Promise((resolve) => setImmediate(resolve))
        inFlight--
        verdict.giveBack()
      }
    }

    await Promise.all(stages.flatMap((stage) => [busy(stage), busy(stage), busy(stage), busy(stage)]))
    for (const stage of stages) await stage[Symbol.asyncDispose]()

    assert.equal(most, 5)
    assert.ok(admitted >= 500, `${admitted}`)
  })

  test('are given back by a process that ends as it should', async () => {
    const ending = await permitStage(server.port)
    await using other = await permitStage(server.port)
    const first = await take(ending, limitOf(1))

    giveBack(first)
    await ending[Symbol.asyncDispose]()

    giveBack(await taken(other, limitOf(1)))
  })

  test('come back when the leases of a process end that is gone', async () => {
    const gone = await permitStage(server.port, { lease: 200 })
    await using other = await permitStage(server.port, { lease: 200 })
    await take(gone, limitOf(1))
    const before = await take(other, limitOf(1))

    await gone[Symbol.asyncDispose]()
    giveBack(await taken(other, limitOf(1)))

    assert.equal(before.kind, 'denied')
  })

  test('stay counted however long they last', async () => {
    await using one = await permitStage(server.port, { lease: 200 })
    await using other = await permitStage(server.port, { lease: 200 })
    const first = await take(one, limitOf(1))
    const [key = ''] = await client.keys('*:flight:*')
    const [, ends = '0'] = await client.zrange(key, '0', '-1', 'WITHSCORES')
    const isOver = async (): Promise<boolean> => {
      const [seconds, micros] = await client.time()
      return Number(seconds) * 1000 + Number(micros) / 1000 > 2 * 200 + Number(ends)
    }

    await until(async () => {
      assert.equal((await take(other, limitOf(1))).kind, 'denied')
      return isOver()
    })

    giveBack(first)
  })

  test('are told to a Redis that has forgotten them', async () => {
    await using one = await permitStage(server.port, { lease: 300 })
    await using other = await permitStage(server.port)
    const first = await take(one, limitOf(1))

    await client.flushall()
    await until(async () => (await client.keys('*:flight:*')).length === 1)

    assert.equal((await take(other, limitOf(1))).kind, 'denied')
    giveBack(first)
  })

  for (const [type, command] of [
    ['text', ['SET', 'x']],
    ['a list', ['RPUSH', 'x']],
  ] as const) {
    test(`are counted where a key holds ${type}, and those asked for beside`, async () => {
      await using stage = await permitStage(server.port)
      giveBack(await take(stage, limitOf(1, 'closed'), 't'))
      const [key = ''] = await client.keys('*:flight:*')
      await until(async () => (await client.exists(key)) === 0)
      await client.call(command[0], key, command[1])

      const verdicts = await Promise.all(
        ['s', 't', 'u', 't'].map((subject) => take(stage, limitOf(1, 'closed'), subject)),
      )
      for (const verdict of verdicts) if (verdict.kind === 'admitted') verdict.giveBack()

      assert.deepEqual(kindsOf(verdicts), ['admitted', 'admitted', 'admitted', 'denied'])
      await until(async () => (await client.keys('*:flight:*')).length === 0)
    })
  }
})

test('requests in flight need a user who may do only what the reference says', async () => {
  await using server = await RedisServer.start()
  const rules = ['+eval', '+evalsha', '+time', '+get', '+set', '+info', '~tidegate:*']
  const ours = ['+zadd', '+zrem', '+zcard', '+zremrangebyscore', '+pexpire']
  await server.command('ACL', 'SETUSER', 'gateway', 'on', '>pw', ...rules, ...ours)
  await using stage = await permitStage(server.port, {
    settings: { username: 'gateway', password: new Secret('pw') },
  })

  const first = await take(stage, limitOf(1, 'closed'))
  const second = await take(stage, limitOf(1, 'closed'))
  giveBack(first)
  giveBack(await taken(stage, limitOf(1, 'closed')))

  assert.equal(second.kind, 'denied')
})

describe('requests in flight that a user of Redis may not count', () => {
  const rules = ['+eval', '+evalsha', '+time', '+get', '+set', '+info', '~tidegate:*']
  const settings = { username: 'gateway', password: new Secret('pw') }

  test('go by onStoreError, and rates go on being counted', async () => {
    await using server = await RedisServer.start()
    await server.command('ACL', 'SETUSER', 'gateway', 'on', '>pw', ...rules)
    await using stage = await permitStage(server.port, { settings })

    const verdicts: Verdict[] = []
    for (let i = 0; i < 7; i++) verdicts.push(await take(stage, limitOf(1, 'closed')))
    const rate = await stage.limiter.take([
      { limit: rateOf(1, 1, { onStoreError: 'closed' }), subject: 's', cost: 1 },
    ])

    assert.deepEqual(kindsOf(verdicts), Array(7).fill('unavailable'))
    assert.deepEqual([rate.kind, rate.by], ['admitted', 'store'])
    assert.deepEqual([stage.limiter.counters.store, stage.limiter.counters.storeErrors.auth], ['up', 7])
    assert.deepEqual(
      stage.events.map(({ from, to }) => `${from} > ${to}`),
      ['starting > up', 'up > up'],
    )
    assert.match(stage.events[1]?.cause ?? '', /permission|can't run this command/)
  })

  test('take no place, if what they are counted with fails in the middle', async () => {
    await using server = await RedisServer.start()
    await server.command('ACL', 'SETUSER', 'gateway', 'on', '>pw', ...rules, '+@sortedset', '-pexpire')
    await using stage = await permitStage(server.port, { settings })

    const verdicts = await Promise.all(
      ['s', 't'].map((subject) => take(stage, limitOf(1, 'closed'), subject)),
    )

    assert.deepEqual(kindsOf(verdicts), ['unavailable', 'unavailable'])
    assert.equal(await server.command('KEYS', '*:flight:*'), '*0')
  })

  test('are counted as soon as the user may', async () => {
    await using server = await RedisServer.start()
    await server.command('ACL', 'SETUSER', 'gateway', 'on', '>pw', ...rules)
    await using stage = await permitStage(server.port, { settings })
    for (let i = 0; i < 7; i++) await take(stage, limitOf(1, 'closed'))

    await server.command('ACL', 'SETUSER', 'gateway', '+@sortedset', '+pexpire')

    assert.equal((await take(stage, limitOf(1, 'closed'))).kind, 'admitted')
  })
})

describe('requests in flight while Redis is away', () => {
  for (const [onStoreError, expected] of [
    ['open', ['admitted', 'admitted', 'admitted']],
    ['closed', ['unavailable', 'unavailable', 'unavailable']],
    ['local', ['admitted', 'admitted', 'denied']],
  ] as const) {
    test(`${onStoreError}: is what each limit says`, async () => {
      await using server = await RedisServer.start()
      await using stage = await permitStage(server.port, { replicas: 2 })

      await server.kill()
      await stage.until('down')
      const verdicts = []
      for (let i = 0; i < 3; i++) verdicts.push(await take(stage, limitOf(4, onStoreError)))

      assert.deepEqual(kindsOf(verdicts), expected)
    })
  }

  test('are counted there once it is back', async () => {
    await using server = await RedisServer.start()
    await using one = await permitStage(server.port, { lease: 600 })
    await using other = await permitStage(server.port)
    await server.kill()
    await one.until('down')
    const first = await take(one, limitOf(1))

    await server.start()
    await Promise.all([one.until('up'), other.until('up')])
    const client = new Redis(server.port, { host: '127.0.0.1' })
    await until(async () => (await client.keys('*:flight:*')).length === 1)
    client.disconnect()

    assert.equal((await take(other, limitOf(1))).kind, 'denied')
    giveBack(first)
  })
})

describe('requests in flight that are counted in a Cluster', () => {
  test('are as many together as the limit says, on whatever node', async () => {
    await using cluster = await RedisCluster.start(3)
    await using one = await permitStage(cluster.ports)
    await using other = await permitStage(cluster.ports)
    const subjects = Array.from({ length: 30 }, (_, i) => `subject-${i}`)

    const each = await Promise.all(
      subjects.map(async (subject) =>
        kindsOf([
          await take(one, limitOf(2), subject),
          await take(other, limitOf(2), subject),
          await take(one, limitOf(2), subject),
        ]),
      ),
    )

    for (const kinds of each) assert.deepEqual(kinds, ['admitted', 'admitted', 'denied'])
  })
})
