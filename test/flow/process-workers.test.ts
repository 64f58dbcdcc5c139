import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { Config } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { bodyText } from '../support/message-reader.ts'
import { answer, Origin } from '../support/origin.ts'
import { RawClient, until } from '../support/raw-client.ts'

let origin: Origin
/** Requests for `/slow` wait for this. */
let gate = Promise.withResolvers<void>()

before(async () => {
  origin = await Origin.start({
    onRequest: ({ target }) =>
      target === '/slow' ? [gate.promise, answer(200, 'slow')] : answer(200, target),
  })
})
after(() => origin[Symbol.asyncDispose]())

function config(): Config {
  return {
    admin: { address: '127.0.0.1:0' },
    accessLog: { to: 'off' },
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [{ hosts: ['a.test'], to: 'app' }],
    clusters: { app: { endpoints: [origin.address] } },
  }
}

const served = 'tidegate_requests_total{route="a.test/",status_class="2xx"}'

/** New connections one after the other, until told to stop; gives how many were served and what went wrong. */
function steadyLoad(gateway: GatewayProcess) {
  const load = { isOver: false }
  const failures: string[] = []
  let served = 0
  const client = async (): Promise<void> => {
    while (!load.isOver) {
      try {
        const { status } = await gateway.get('/load')
        if (status === 200) served++
        else failures.push(String(status))
      } catch (error) {
        failures.push(String(error))
      }
    }
  }
  const clients = Promise.all([client(), client(), client(), client()])
  return {
    async stop() {
      load.isOver = true
      await clients
      return { served, failures }
    },
  }
}

function isRunning(pid: number): boolean {
  try {
    // A zombie is gone, too: the process that would bury it may be busy.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe('a worker', () => {
  test('that is killed is replaced, and what it had counted stays counted', async () => {
    await using gateway = await GatewayProcess.start(config(), { workers: 2 })
    for (let i = 0; i < 20; i++) await gateway.get('/before')
    await gateway.metric(served)
    const [victim = 0] = gateway.workers()

    process.kill(victim, 'SIGKILL')
    await gateway.line('a worker died and is replaced')
    await gateway.line('a worker started', 3)
    const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.get('/after')))

    assert.ok(answers.every(({ status }) => status === 200))
    assert.equal(await gateway.metric('tidegate_worker_restarts_total'), 1)
    assert.equal(await gateway.metric(served), 40)
  })

  test('that is replaced gracefully, again and again, fails no request', async () => {
    await using gateway = await GatewayProcess.start(config(), { workers: 2 })
    const load = steadyLoad(gateway)

    for (let i = 0; i < 3; i++) {
      process.kill(gateway.workers()[i === 0 ? 0 : i + 1] ?? 0, 'SIGTERM')
      await gateway.line('a worker that was replaced has finished', i + 1)
    }
    const { served, failures } = await load.stop()

    assert.deepEqual(failures, [])
    assert.ok(served > 0)
    assert.equal(await gateway.metric('tidegate_worker_restarts_total'), 0)
  })

  test('finishes what it has when the control process dies, and ends', async () => {
    gate = Promise.withResolvers()
    origin.forget()
    await using gateway = await GatewayProcess.start(config(), { workers: 2 })
    const client = await RawClient.connect(gateway.port())
    client.send('GET /slow HTTP/1.1\r\nHost: a.test\r\n\r\n')
    await until(() => origin.requests.length === 1, 'the request is under way')

    gateway.signal('SIGKILL')
    await gateway.exit()
    gate.resolve()

    assert.equal(bodyText(await client.response()), 'slow')
    await until(() => gateway.workers().every((pid) => !isRunning(pid)), 'the workers are gone')
  })
})

describe('SIGTERM under load', () => {
  test('fails no request that was written', async () => {
    await using gateway = await GatewayProcess.start(config(), { workers: 2 })
    const load = steadyLoad(gateway)
    await until(() => origin.requests.length > 50, 'the load is on')

    gateway.signal('SIGTERM')
    assert.equal(await gateway.exit(), '0')
    const { failures } = await load.stop()

    assert.deepEqual(
      failures.filter((failure) => !failure.includes('ECONNREFUSED')),
      [],
    )
  })
})

describe('a start after a crash', () => {
  test('takes the ports over from workers that are still finishing', async () => {
    gate = Promise.withResolvers()
    origin.forget()
    await using first = await GatewayProcess.start(config(), { workers: 2 })
    const port = first.port()
    const client = await RawClient.connect(port)
    client.send('GET /slow HTTP/1.1\r\nHost: a.test\r\n\r\n')
    await until(() => origin.requests.length === 1, 'the request is under way')
    first.signal('SIGKILL')
    await first.exit()

    const listeners = [{ name: 'web', address: `127.0.0.1:${port}` }]
    await using second = await GatewayProcess.start({ ...config(), listeners }, { workers: 2 })
    await second.line(/^listener web on/)
    const { status } = await second.get('/new')
    gate.resolve()

    assert.equal(status, 200)
    assert.equal(bodyText(await client.response()), 'slow')
  })
})
