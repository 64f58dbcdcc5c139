import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'
import type { Verdict } from '../../src/limits/limiter.ts'
import { Secret } from '../../src/model/secret.ts'
import { issue, makeCa } from '../support/certificates.ts'
import { freePort } from '../support/free-port.ts'
import { limitOf, type RedisStage, redisStage } from '../support/redis-limiter.ts'
import { RedisServer } from '../support/redis-server.ts'

/** So slow that nothing comes back during a test. */
const slow = 0.01
const postures = ['open', 'closed', 'local'] as const

function limitsOfEach() {
  return postures.map((onStoreError) => limitOf(slow, 9, { id: onStoreError, onStoreError }))
}

/** Asks each posture so often, one after the other, and gives how often each verdict came. */
async function counted(stage: RedisStage, times: number): Promise<Record<string, Record<string, number>>> {
  const found: Record<string, Record<string, number>> = {}
  for (const limit of limitsOfEach()) {
    const verdicts: Verdict[] = []
    for (let i = 0; i < times; i++) verdicts.push(await stage.take(limit))
    const kinds = verdicts.map(({ kind, by }) => `${kind} by ${by}`)
    found[limit.id] = Object.fromEntries(
      [...new Set(kinds)].map((kind) => [kind, kinds.filter((other) => other === kind).length]),
    )
  }
  return found
}

/** What each posture does without a store: 50 requests against a burst of 9. */
const asConfigured = {
  open: { 'admitted by nobody': 50 },
  closed: { 'unavailable by nobody': 50 },
  local: { 'admitted by local': 10, 'denied by local': 40 },
}

/** Asks until it is over; gives the verdicts. */
async function askUntil(stage: RedisStage, over: Promise<unknown>): Promise<Verdict[]> {
  const end = new AbortController()
  const ended = over.then(() => end.abort())
  const [open] = limitsOfEach()
  const verdicts: Promise<Verdict>[] = []
  for (let i = 0; !end.signal.aborted; i++) {
    if (open !== undefined) verdicts.push(stage.take({ limit: open, subject: `s${i}`, cost: 1 }))
    await pause(1)
  }
  await ended
  return Promise.all(verdicts)
}

function states(stage: RedisStage): string[] {
  return stage.events.map(({ from, to }) => `${from} > ${to}`)
}

describe('a limiter whose Redis fails', () => {
  test('decides as each limit wants while there is none from the start', async () => {
    const server = await RedisServer.prepare()
    await using stage = await redisStage(server.port)

    assert.deepEqual(await counted(stage, 50), asConfigured)
    assert.deepEqual(states(stage), ['starting > down'])
    assert.match(stage.events[0]?.cause ?? '', /^connect ECONNREFUSED 127\.0\.0\.1:\d+$/)
  })

  test('uses Redis once it is there', async () => {
    await using server = await RedisServer.prepare()
    await using stage = await redisStage(server.port)

    await server.start()
    await stage.until('up')

    assert.equal((await stage.take(limitOf(slow, 0))).by, 'store')
    assert.deepEqual(states(stage), ['starting > down', 'down > up'])
  })

  test('killed under load, answers every request, by the posture of its limit, and comes back', async () => {
    await using server = await RedisServer.start()
    await using stage = await redisStage(server.port)

    const [verdicts] = await Promise.all([askUntil(stage, stage.until('down')), server.kill()])
    const without = await counted(stage, 50)
    await server.start()
    await stage.until('up')

    assert.equal(verdicts.length > 0, true)
    assert.equal(
      verdicts.every(({ kind }) => kind === 'admitted'),
      true,
    )
    assert.deepEqual(without, asConfigured)
    assert.deepEqual(states(stage), ['starting > up', 'up > down', 'down > up'])
    assert.equal((await stage.take(limitOf(slow, 0))).by, 'store')
  })

  test('frozen under load, asks it no more after five failures, and comes back when it thaws', async () => {
    await using server = await RedisServer.start()
    await using stage = await redisStage(server.port)

    server.signal('SIGSTOP')
    const verdicts = await askUntil(stage, stage.until('down'))
    const { timeout } = stage.limiter.counters.storeErrors
    const without = await counted(stage, 50)
    const atOnce = stage.limiter.take([{ limit: limitOf(slow, 0), subject: 'ann', cost: 1 }])
    const after = stage.limiter.counters.storeErrors.timeout
    server.signal('SIGCONT')
    await stage.until('up')

    assert.equal(
      verdicts.every(({ by }) => by === 'nobody'),
      true,
    )
    assert.equal(atOnce instanceof Promise, false)
    assert.equal(timeout >= 5, true)
    assert.equal(after - timeout <= 1, true)
    assert.deepEqual(without, asConfigured)
    assert.deepEqual(states(stage), ['starting > up', 'up > down', 'down > up'])
  })

  test('answers at once what waits when it is closed', async () => {
    await using server = await RedisServer.start()
    const stage = await redisStage(server.port, { settings: { deadline: 60_000 } })
    server.signal('SIGSTOP')
    const waiting = limitsOfEach().map((limit) => stage.take(limit))

    await stage.limiter.close()

    assert.deepEqual(
      (await Promise.all(waiting)).map(({ kind }) => kind),
      ['admitted', 'unavailable', 'admitted'],
    )
    assert.deepEqual(states(stage), ['starting > up'])
  })

  test('loading its data, does without it, and uses it afterwards', async () => {
    const loading = ['--key-load-delay', '500', '--loading-process-events-interval-bytes', '1024']
    await using server = await RedisServer.start()
    await server.command('EVAL', "for i = 1, 20000 do redis.call('SET', 'k' .. i, i) end return 1", '0')
    await server.command('SAVE')
    await server.kill()

    await server.start(...loading)
    await using stage = await redisStage(server.port)
    const said = await server.command('GET', 'k1')
    const without = await stage.take(limitOf(slow, 0, { onStoreError: 'closed' }))
    await server.command('CONFIG', 'SET', 'key-load-delay', '0')
    await stage.until('up')

    assert.match(said, /^-LOADING/)
    assert.equal(without.kind, 'unavailable')
    assert.equal((await stage.take(limitOf(slow, 0))).by, 'store')
  })

  test('made a replica, does without it, and uses it as a master again', async () => {
    await using server = await RedisServer.start()
    await using stage = await redisStage(server.port)
    await server.command('REPLICAOF', '127.0.0.1', '1')

    await askUntil(stage, stage.until('down'))
    const without = await counted(stage, 50)
    await server.command('REPLICAOF', 'NO', 'ONE')
    await stage.until('up')

    assert.deepEqual(without, asConfigured)
    assert.equal(stage.limiter.counters.storeErrors.readonly >= 5, true)
    assert.match(stage.events[1]?.cause ?? '', /^READONLY /)
    assert.deepEqual(states(stage), ['starting > up', 'up > down', 'down > up'])
  })

  test('full, does without it, and uses it when there is room', async () => {
    await using server = await RedisServer.start()
    await using stage = await redisStage(server.port)
    await server.command('CONFIG', 'SET', 'maxmemory', '1')

    await askUntil(stage, stage.until('down'))
    await server.command('CONFIG', 'SET', 'maxmemory', '0')
    await stage.until('up')

    assert.equal(stage.limiter.counters.storeErrors.memory >= 5, true)
  })

  test('told a wrong password, does without it, and tells nobody the password', async (t) => {
    await using server = await RedisServer.start('--requirepass', 'the-right-one')
    const printed = [t.mock.method(console, 'error'), t.mock.method(console, 'warn')]
    const wrong = { password: new Secret('the-wrong-one') }

    await using stage = await redisStage(server.port, { settings: wrong })

    assert.deepEqual(states(stage), ['starting > down'])
    assert.match(stage.events[0]?.cause ?? '', /^WRONGPASS /)
    assert.equal(stage.limiter.counters.storeErrors.auth >= 1, true)
    assert.equal(printed.flatMap(({ mock }) => mock.calls).length, 0)
    assert.doesNotMatch(inspect(stage.limiter, { depth: 20, showHidden: true }), /the-wrong-one/)
  })

  test('takes no certificate of an authority it does not know, and that of one it knows', async () => {
    const [ca, other] = [makeCa('Redis CA'), makeCa('Other CA')]
    const made = issue(ca, { name: 'redis', altNames: ['IP:127.0.0.1'] })
    const port = await freePort()
    await using server = await RedisServer.prepare('--tls-port', String(port), '--tls-auth-clients', 'no')
    const files = [server.folder.write('r.pem', made.pem), server.folder.write('r.key', made.keyPem)]
    await server.start('--tls-cert-file', files[0] ?? '', '--tls-key-file', files[1] ?? '')
    const trusting = (pem: string) => ({ settings: { tls: { ca: pem, serverName: undefined } } })

    await using refusing = await redisStage(port, trusting(other.pem))
    await using taking = await redisStage(port, trusting(ca.pem))

    assert.match(refusing.events[0]?.cause ?? '', /unable to verify|self-signed/)
    assert.equal((await taking.take(limitOf(slow, 0))).by, 'store')
  })

  test('logs in with a password, and as a user who may do only what it needs', async () => {
    await using server = await RedisServer.start('--requirepass', 'secret')
    await using byPassword = await redisStage(server.port, { settings: { password: new Secret('secret') } })
    // As the reference has them.
    const rules = ['+eval', '+evalsha', '+time', '+get', '+set', '+info', '~tidegate:*']
    await authenticated(server, 'ACL', 'SETUSER', 'gateway', 'on', '>pw', ...rules)

    await using byUser = await redisStage(server.port, {
      settings: { username: 'gateway', password: new Secret('pw') },
    })

    assert.equal((await byPassword.take(limitOf(slow, 0))).by, 'store')
    assert.equal((await byUser.take(limitOf(slow, 0))).by, 'store')
  })
})

/** A command after AUTH with `secret`. */
async function authenticated(server: RedisServer, ...words: readonly string[]): Promise<void> {
  const text = await server.commands(['AUTH', 'secret'], words)
  assert.equal(text, '+OK\r\n+OK\r\n')
}
