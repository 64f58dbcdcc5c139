import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Verdict } from '../../src/limits/limiter.ts'
import { Secret } from '../../src/model/secret.ts'
import { freePort } from '../support/free-port.ts'
import { admittedOf, limitOf, type RedisStage, redisStage } from '../support/redis-limiter.ts'
import { SentinelStage } from '../support/redis-sentinels.ts'
import type { RedisServer } from '../support/redis-server.ts'

const sentinels = await SentinelStage.start()
/** So slow that nothing comes back during a test. */
const slow = 0.01

after(() => sentinels[Symbol.asyncDispose]())

function told(stage: RedisStage): readonly string[] {
  return stage.events.map(({ from, to }) => `${from} > ${to}`)
}

/** How many keys a server holds; -1 when it is not there. */
async function keysOf(server: RedisServer): Promise<number> {
  return server.isRunning ? Number((await server.command('DBSIZE')).slice(1)) : -1
}

/** The keys of a server. Those of probes come and go. */
async function namesIn(server: RedisServer): Promise<readonly string[]> {
  return (await server.commands(['KEYS', '*'])).split('\r\n').filter((line) => /^[^*$]/.test(line))
}

describe('a limiter whose master Sentinels name', () => {
  test('counts there, and asks the next Sentinel when one is gone or does not answer', async () => {
    const [one, two] = sentinels.sentinels
    one?.signal('SIGSTOP')
    const ports = [await freePort(), one?.port ?? 0, two?.port ?? 0]
    await using stage = await redisStage(sentinels.place(ports))
    await stage.until('up')
    one?.signal('SIGCONT')

    assert.equal(await admittedOf(50, () => stage.take(limitOf(slow, 9, { id: 'next' }))), 10)
    assert.equal(stage.events.at(-1)?.store, 'mymaster of its Sentinels')
    await sentinels.untilReady()
  })

  test('leaves a master that was replaced on demand, though it still takes writes', async () => {
    await using stage = await redisStage(sentinels.place())
    const [old, now] = sentinels.servers
    await stage.take(limitOf(slow, 9, { id: 'before' }))

    while (!(await sentinels.sentinels[0]?.command('SENTINEL', 'FAILOVER', 'mymaster'))?.startsWith('+OK'))
      await pause(50)
    await stage.untilEvents(3)
    const before = await namesIn(now)
    const verdict = await stage.take(limitOf(slow, 9, { id: 'after' }))

    assert.deepEqual(told(stage), ['starting > up', 'up > down', 'down > up'])
    assert.match(stage.events[1]?.cause ?? '', /^the Sentinels name another master$/)
    const names = await namesIn(now)
    assert.equal(verdict.by, 'store')
    assert.equal(names.filter((name) => !before.includes(name)).length, 1)
    // Sentinels would tell it in some ten seconds.
    await old.command('REPLICAOF', '127.0.0.1', String(now.port))
  })

  test('follows to the master that they make when it dies under load, and answers all that is asked', async () => {
    await using stage = await redisStage(sentinels.place())
    const [replica, master] = sentinels.servers
    const limit = limitOf(slow, 49, { id: 'failover', onStoreError: 'closed' })
    const verdicts: Promise<Verdict>[] = []
    await stage.take(limit)
    await untilReplicated(master, replica)

    await master.kill()
    const isOver = stage.untilEvents(3)
    const end = new AbortController()
    const over = isOver.then(() => end.abort())
    while (!end.signal.aborted) {
      verdicts.push(stage.take(limit))
      await pause(1)
    }
    await over
    for (let i = 0; i < 100; i++) verdicts.push(stage.take(limit))

    const all = await Promise.all(verdicts)
    assert.deepEqual(told(stage), ['starting > up', 'up > down', 'down > up'])
    assert.deepEqual([...new Set(all.map(({ kind }) => kind))].toSorted(), [
      'admitted',
      'denied',
      'unavailable',
    ])
    // The one that was counted before has been copied, so the new master knows of it.
    assert.equal(all.filter(({ kind }) => kind === 'admitted').length, 49)
  })

  test('finds it by Sentinels that come later, and says meanwhile why not', async () => {
    const [one] = sentinels.sentinels
    const ports = [one?.port ?? 0]
    await one?.kill()
    await using stage = await redisStage(sentinels.place(ports))

    const without = await stage.take(limitOf(slow, 0, { id: 'later' }))
    await one?.startWith(`${one.folder.path}/sentinel.conf`, '--sentinel')
    await stage.until('up')

    assert.equal(without.by, 'local')
    assert.match(stage.events[0]?.cause ?? '', /^no Sentinel says where the master is: /)
    assert.deepEqual(told(stage), ['starting > down', 'down > up'])
  })

  test('logs in to Sentinels as a user of theirs, who may do only what it needs, and tells no password', async () => {
    // As the reference has it.
    const rules = ['on', '>of-sentinels', '+sentinel|get-master-addr-by-name']
    const [one] = sentinels.sentinels
    await one?.command('ACL', 'SETUSER', 'gateway', ...rules)
    const place = (password: string) => {
      const login = { username: 'gateway', password: new Secret(password), tls: undefined }
      return { ...sentinels.place([one?.port ?? 0]), login }
    }

    await using right = await redisStage(place('of-sentinels'))
    await using wrong = await redisStage(place('wrong-one'))

    assert.equal((await right.take(limitOf(slow, 9, { id: 'password' }))).by, 'store')
    assert.deepEqual(told(wrong), ['starting > down'])
    assert.match(wrong.events[0]?.cause ?? '', /^no Sentinel/)
    assert.doesNotMatch(JSON.stringify(wrong.events), /wrong-one/)
  })

  test('says so when no Sentinel knows the master', async () => {
    await using stage = await redisStage({ ...sentinels.place(), name: 'other' })

    assert.equal(stage.events[0]?.cause, 'no Sentinel knows a master of this name')
  })
})

async function untilReplicated(master: RedisServer, replica: RedisServer): Promise<void> {
  while ((await keysOf(replica)) < (await keysOf(master))) await pause(5)
}
