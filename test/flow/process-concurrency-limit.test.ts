import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { getRequest } from '../support/ask.ts'
import type { Config } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { answer, Origin } from '../support/origin.ts'
import { RawClient, status, until } from '../support/raw-client.ts'
import { RedisServer } from '../support/redis-server.ts'

const limit = 5

let origin: Origin
/** Requests for `/slow` wait for this. */
let gate = Promise.withResolvers<void>()
/** Requests for `/slow` that the origin has. */
let most = 0
let now = 0

before(async () => {
  origin = await Origin.start({
    onRequest: ({ target }) => {
      if (target !== '/slow') return answer(200, target)
      now += 1
      most = Math.max(most, now)
      return [gate.promise, answer(200, 'slow')]
    },
  })
})
after(() => origin[Symbol.asyncDispose]())

function config(redis?: RedisServer): Config {
  return {
    ...(redis === undefined ? {} : { redis: { url: `redis://127.0.0.1:${redis.port}`, deadline: '1s' } }),
    admin: { address: '127.0.0.1:0' },
    accessLog: { to: 'off' },
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [{ hosts: ['a.test'], filters: [{ concurrencyLimit: { limit } }], to: 'app' }],
    clusters: { app: { endpoints: [origin.address] } },
  }
}

/** Requests for `/slow`, each on a connection of its own. */
async function slowOnes(gateway: GatewayProcess, count: number): Promise<RawClient[]> {
  const clients = []
  for (let i = 0; i < count; i++) clients.push(await RawClient.connect(gateway.port('web')))
  for (const client of clients) client.expect('GET').send(getRequest('/slow'))
  return clients
}

function isRefused(client: RawClient): boolean {
  return client.responses.some((message) => status(message) === 429)
}

/** Asks until the answer has this status. */
async function asked(gateway: GatewayProcess, wanted: number): Promise<void> {
  let last = 0
  const end = performance.now() + 20_000
  while (last !== wanted) {
    if (performance.now() > end) assert.fail(`the last answer was ${last}`)
    last = (await gateway.get('/quick')).status
  }
}

function begin(): void {
  gate = Promise.withResolvers<void>()
  most = 0
  now = 0
}

describe('a limit of concurrency without a Redis', () => {
  test('is one limit for all workers, exactly', async () => {
    begin()
    await using gateway = await GatewayProcess.start(config(), { workers: 3 })

    const clients = await slowOnes(gateway, 30)
    await until(() => clients.filter(isRefused).length === 30 - limit, 'all others are refused')
    const { status: above } = await gateway.get('/quick')
    gate.resolve()
    await Promise.all(clients.map((client) => client.response(0)))
    await asked(gateway, 200)
    for (const client of clients) client[Symbol.dispose]()

    assert.deepEqual([most, above], [limit, 429])
  })

  test('counts what workers let pass while the control process stood still', async () => {
    begin()
    await using gateway = await GatewayProcess.start(config(), { workers: 2 })

    gateway.signal('SIGSTOP')
    const alone = await slowOnes(gateway, 20)
    await until(() => now + alone.filter(isRefused).length === 20, 'each is decided')
    gateway.signal('SIGCONT')
    for (let i = 0; i < 30; i++) await gateway.get('/quick')
    const clients = await slowOnes(gateway, 20)
    await until(() => now + [...alone, ...clients].filter(isRefused).length === 40, 'all are decided')
    gate.resolve()
    await asked(gateway, 200)
    for (const client of [...alone, ...clients]) client[Symbol.dispose]()

    assert.equal(most, limit)
  })

  test('has what a killed worker held back at once', async () => {
    begin()
    await using gateway = await GatewayProcess.start(config(), { workers: 2 })
    const clients = await slowOnes(gateway, 20)
    await until(() => clients.filter(isRefused).length === 20 - limit, 'all others are refused')

    for (const pid of gateway.workers()) process.kill(pid, 'SIGKILL')
    await gateway.line('a worker started', 4)
    await asked(gateway, 200)
    begin()
    const more = await slowOnes(gateway, 20)
    await until(() => more.filter(isRefused).length === 20 - limit, 'the limit holds again')
    gate.resolve()
    for (const client of [...clients, ...more]) client[Symbol.dispose]()

    assert.equal(most, limit)
  })
})

describe('a limit of concurrency with a Redis', () => {
  test('is one limit for all workers of all gateways, exactly', async () => {
    begin()
    await using redis = await RedisServer.start()
    await using one = await GatewayProcess.start(config(redis), { workers: 2 })
    await using other = await GatewayProcess.start(config(redis), { workers: 2 })

    const clients = [...(await slowOnes(one, 20)), ...(await slowOnes(other, 20))]
    await until(() => clients.filter(isRefused).length === 40 - limit, 'all others are refused')
    gate.resolve()
    await Promise.all(clients.map((client) => client.response(0)))
    await asked(one, 200)
    for (const client of clients) client[Symbol.dispose]()

    assert.equal(most, limit)
  })

  test('says in the log when its user may not count them', async () => {
    await using redis = await RedisServer.start()
    await redis.command('ACL', 'SETUSER', 'default', '-zadd')
    await using gateway = await GatewayProcess.start(config(redis), { workers: 1 })

    const { status: quick } = await gateway.get('/quick')
    const said = await gateway.line(/the Redis of rate limits refuses limits: they go by onStoreError/)

    assert.equal(quick, 200)
    assert.match(String(said['cause']), /permission|can't run this command/)
  })
})
