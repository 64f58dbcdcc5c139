import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { StoreKeys } from '../../src/limits/store-keys.ts'
import { Secret } from '../../src/model/secret.ts'
import { type Clock, systemClock } from '../../src/std/clock.ts'
import { childrenAdmit } from '../support/limiter-children.ts'
import { admittedOf, limitOf, redisStage } from '../support/redis-limiter.ts'
import { RedisServer } from '../support/redis-server.ts'

const server = await RedisServer.start()
const stage = await redisStage(server.port)
/** So slow that nothing comes back during a test. */
const slow = 0.01

describe('a limiter on Redis', () => {
  after(async () => {
    await stage[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  test('admits burst and one at once', async () => {
    const api = limitOf(slow, 9, { id: 'at-once' })

    assert.equal(await admittedOf(50, () => stage.take(api)), 10)
  })

  test('lets a share owe what is taken later, as far as its overdraft', async () => {
    const api = { ...limitOf(slow, 4, { id: 'later' }), overdraft: 20 }
    await stage.take(api)

    stage.limiter.debit([{ limit: api, subject: 'ann', cost: 10 }])
    const first = await stage.take(api)
    stage.limiter.debit([{ limit: api, subject: 'bob', cost: 1_000_000 }])
    const second = await stage.take({ limit: api, subject: 'bob', cost: 1 })

    assert.deepEqual([first.kind, first.remaining], ['denied', [0]])
    // 11 are owed of 5, and 25 at most.
    assert.equal(Math.round(first.retryAfterMs / 100_000), 7)
    assert.equal(Math.round(second.retryAfterMs / 100_000), 21)
  })

  test('says what is left, when it is full, and who decided', async () => {
    const verdict = await stage.take({ limit: limitOf(10, 4, { id: 'left' }), subject: 'ann', cost: 2 })

    assert.deepEqual(verdict, {
      kind: 'admitted',
      remaining: [3],
      resetMs: [200],
      retryAfterMs: 0,
      deniedBy: -1,
      by: 'store',
    })
  })

  test('takes nothing from one limit when another denies, in one round trip', async () => {
    const wide = limitOf(slow, 9, { id: 'wide' })
    const narrow = limitOf(slow, 0, { id: 'narrow' })
    await stage.take(wide, narrow)
    const asked = stage.limiter.counters.decisions.store

    const denied = await stage.take(wide, narrow)

    assert.deepEqual([denied.kind, denied.deniedBy, denied.remaining], ['denied', 1, [9, 0]])
    assert.equal(stage.limiter.counters.decisions.store, asked + 1)
    assert.deepEqual((await stage.take(wide)).remaining, [8])
  })

  test('takes twice from a share that is asked twice at once', async () => {
    const api = limitOf(slow, 2, { id: 'twice' })

    assert.equal(await admittedOf(3, () => stage.take(api, api)), 1)
  })

  test('takes a cost of a part, and of many', async () => {
    const api = limitOf(slow, 9, { id: 'costs' })
    await stage.take({ limit: api, subject: 'ann', cost: 7.5 })

    const verdicts = await Promise.all(
      [0, 1].map(() => stage.take({ limit: api, subject: 'ann', cost: 1.5 })),
    )

    assert.deepEqual(
      verdicts.map(({ kind }) => kind),
      ['admitted', 'denied'],
    )
  })

  for (const rate of [0.001, 3, 333.333, 100_000, 1_000_000]) {
    test(`holds exactly burst and one of ${rate} a second`, async () => {
      const burst = 30
      const limit = limitOf(rate, burst, { id: `rate-${rate}` })
      // All of one call are decided at one time of Redis.
      const verdict = await stage.take(...Array.from({ length: burst + 1 }, () => limit))

      assert.equal(verdict.kind, 'admitted')
      assert.equal((await stage.take(...Array.from({ length: burst + 2 }, () => limit))).kind, 'denied')
    })
  }

  test('keeps names of subjects out of Redis, whatever is in them', async () => {
    const subjects = ['key-of-a-customer', 'x'.repeat(100_000), '{a}:b\r\n\0', '\ud800', '']
    for (const subject of subjects) {
      await stage.take({ limit: limitOf(slow, 0, { id: 'names' }), subject, cost: 1 })
    }

    const again = subjects.map((subject) =>
      stage.take({ limit: limitOf(slow, 0, { id: 'names' }), subject, cost: 1 }),
    )

    assert.equal((await Promise.all(again)).filter(({ kind }) => kind === 'denied').length, subjects.length)
    assert.match(await server.command('EVAL', "return #redis.call('KEYS', '*customer*')", '0'), /^:0/)
  })

  test('keeps a share no longer than it takes to be full', async () => {
    const limit = limitOf(100, 9, { id: 'expires' })
    await server.command('FLUSHALL')
    await stage.take(limit)

    const left = await server.command('EVAL', "return redis.call('PTTL', redis.call('KEYS', '*')[1])", '0')

    assert.match(left, /^:\d{1,2}$/)
  })

  const strange = [
    ['LPUSH', 'x'],
    ['HSET', 'x', 'y'],
    ['SET', 'nan'],
    ['SET', '-nan'],
    ['SET', 'inf'],
    ['SET', ''],
    ['SET', 'nan 5'],
    ['SET', 'a b c d'],
    ['SET', '9'.repeat(400)],
  ] as const
  for (const [i, [command, ...words]] of strange.entries()) {
    const what = `${command} ${words.join(' ')}`.slice(0, 30)
    test(`takes what is no number in the place of a share for a full one, as are others: ${what}`, async () => {
      const limit = limitOf(slow, 1, { id: `strange-${i}` })
      const [bad, other] = ['ann', 'bob'].map((subject) => ({ limit, subject, cost: 1 }))
      if (bad === undefined || other === undefined) return
      await server.command(command, new StoreKeys('tidegate:').keyOf(bad), ...words)

      // Those of one turn are one call.
      const both = await Promise.all([stage.take(bad), stage.take(other)])
      const verdicts = [...both, await stage.take(bad), await stage.take(bad)]

      assert.deepEqual(
        verdicts.map(({ kind, by }) => `${kind} ${by}`),
        ['admitted store', 'admitted store', 'admitted store', 'denied store'],
      )
    })
  }

  test('takes no share that it may not read for a full one', async () => {
    const rules = ['on', '>pw', '+eval', '+evalsha', '+time', '+set', '+info', '~tidegate:*']
    await server.command('ACL', 'SETUSER', 'blind', ...rules)
    const login = { settings: { username: 'blind', password: new Secret('pw') } }

    await using blind = await redisStage(server.port, login)

    assert.equal((await blind.take(limitOf(slow, 0, { onStoreError: 'closed' }))).kind, 'unavailable')
  })

  test('goes on after its script was flushed', async () => {
    const limit = limitOf(slow, 9, { id: 'flushed' })
    const { scriptLoads } = stage.limiter.counters
    await stage.take(limit)
    await server.command('SCRIPT', 'FLUSH')

    assert.deepEqual((await stage.take(limit)).remaining, [8])
    assert.equal(stage.limiter.counters.scriptLoads, scriptLoads + 1)
  })

  test('does not ask again whom Redis has denied', async () => {
    const limit = limitOf(slow, 0, { id: 'cached' })
    await stage.take(limit)
    const first = await stage.take(limit)
    const { store } = stage.limiter.counters.decisions

    const verdicts = await Promise.all(Array.from({ length: 1000 }, () => stage.take(limit)))

    assert.equal(verdicts.filter(({ kind, by }) => kind === 'denied' && by === 'store').length, 1000)
    assert.equal(stage.limiter.counters.decisions.store, store)
    assert.equal(first.kind, 'denied')
  })

  test('asks again for a smaller cost, and for a limit that was changed', async () => {
    const limit = limitOf(slow, 4, { id: 'cached-cost' })
    await stage.take({ limit, subject: 'ann', cost: 3 })
    const large = { limit, subject: 'ann', cost: 4 }

    assert.equal((await stage.take(large)).kind, 'denied')
    assert.equal((await stage.take(limit)).kind, 'admitted')
    assert.equal((await stage.take({ ...large, limit: { ...limit, burst: 20 } })).kind, 'admitted')
  })

  test('goes by the clock of Redis: gateways an hour apart share one count', async () => {
    const hour = 3_600_000
    const ahead: Clock = {
      ...systemClock,
      now: () => systemClock.now() + hour,
      wall: () => systemClock.wall() + hour,
    }
    await using other = await redisStage(server.port, { clock: ahead })
    const limit = limitOf(slow, 9, { id: 'clocks' })

    const both = [stage, other].map((each) => admittedOf(50, () => each.take(limit)))

    const [here = 0, there = 0] = await Promise.all(both)
    assert.equal(here + there, 10)
  })

  test('admits no more by twenty connections than by one', async () => {
    const limit = limitOf(slow, 99, { id: 'connections' })
    const stages = await Promise.all(Array.from({ length: 20 }, () => redisStage(server.port)))

    const each = await Promise.all(stages.map((one) => admittedOf(50, () => one.take(limit))))

    assert.equal(
      each.reduce((sum, n) => sum + n, 0),
      100,
    )
    for (const one of stages) await one[Symbol.asyncDispose]()
  })

  test('admits by four processes at once the rate, the burst and one, and hardly less', async () => {
    const [rate, burst, seconds] = [1000, 10, 2]

    const { admitted, ms } = await childrenAdmit(4, [server.port], { rate, burst, seconds })

    const most = (rate * ms) / 1000 + burst + 1
    assert.equal(admitted <= most, true, `${admitted} of ${most}`)
    assert.equal(admitted >= (rate * seconds) / 2, true, `${admitted} of ${most}`)
  })
})
