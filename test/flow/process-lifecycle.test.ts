import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Config } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { bodyText, value } from '../support/message-reader.ts'
import { answer, Origin } from '../support/origin.ts'
import { RawClient, status, until } from '../support/raw-client.ts'

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

function config(more: Config = {}): Config {
  return {
    admin: { address: '127.0.0.1:0' },
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [{ hosts: ['a.test'], to: 'app' }],
    clusters: { app: { endpoints: [origin.address] } },
    ...more,
  }
}

/** Starts a request that waits for the gate. */
async function underWay(gateway: GatewayProcess): Promise<RawClient> {
  gate = Promise.withResolvers<void>()
  origin.forget()
  const client = await RawClient.connect(gateway.port())
  client.send('GET /slow HTTP/1.1\r\nHost: a.test\r\n\r\n')
  await until(() => origin.requests.length === 1, 'the request is under way')
  return client
}

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(false)
    })
    socket.on('error', () => resolve(true))
  })
}

/** Settles when nobody accepts on the port any more. */
async function refused(port: number): Promise<void> {
  while (!(await isRefused(port))) await turn()
}

for (const workers of [1, 2]) {
  describe(`a gateway with ${workers} ${workers === 1 ? 'process' : 'workers'}`, () => {
    test('says where it listens, is ready, carries requests and counts them', async () => {
      await using gateway = await GatewayProcess.start(config(), { workers })

      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => gateway.get(`/${i}`)))

      assert.deepEqual(
        answers.map((one) => [one.status, one.text]),
        answers.map((_, i) => [200, `/${i}`]),
      )
      assert.deepEqual(await gateway.admin('/readyz'), { ready: true, reasons: [] })
      assert.equal(await gateway.metric('tidegate_requests_total{route="a.test/",status_class="2xx"}'), 20)
      assert.equal(await gateway.metric('tidegate_workers'), workers)
    })

    test('finishes what is in flight on SIGTERM, is not ready meanwhile, and ends with 0', async () => {
      await using gateway = await GatewayProcess.start(config(), { workers })
      const client = await underWay(gateway)

      gateway.signal('SIGTERM')
      await gateway.line('stopping')
      const readiness = await gateway.get('/readyz', { name: 'admin' })
      await refused(gateway.port())
      gate.resolve()
      const response = await client.response()

      assert.deepEqual(
        [status(response), bodyText(response), value(response, 'connection')],
        [200, 'slow', 'close'],
      )
      assert.equal(readiness.status, 503)
      assert.equal(await gateway.exit(), '0')
      assert.deepEqual(gateway.odd, [])
    })

    test('goes on accepting for drain.delay', async () => {
      await using gateway = await GatewayProcess.start(config({ drain: { delay: '60s', timeout: '1s' } }), {
        workers,
      })
      await underWay(gateway)

      gateway.signal('SIGTERM')
      await gateway.line('stopping')
      const during = await gateway.get('/during')

      assert.deepEqual([during.status, during.text, during.headers.connection], [200, '/during', 'close'])
    })

    test('cuts what is left when drain.timeout is over', async () => {
      await using gateway = await GatewayProcess.start(config({ drain: { timeout: '200ms' } }), { workers })
      const client = await underWay(gateway)

      gateway.signal('SIGTERM')

      assert.equal(await gateway.exit(), '0')
      await client.ended()
      assert.deepEqual(client.responses, [])
    })

    test('ends at once when it is told a second time', async () => {
      await using gateway = await GatewayProcess.start(config(), { workers })
      await underWay(gateway)

      gateway.signal('SIGTERM')
      await gateway.line('stopping')
      const again = setInterval(() => gateway.signal('SIGINT'), 20)
      const exit = await gateway.exit()
      clearInterval(again)

      assert.equal(exit, '130')
    })
  })
}

describe('a gateway that cannot start', () => {
  test('prints every problem of a bad first file and ends with 1', async () => {
    await using gateway = await GatewayProcess.start(
      ['listeners: [{ name: web, address: nowhere }]', 'routes: [{ too: app }]'].join('\n'),
    )

    assert.equal(await gateway.exit(), '1')
    const errors = gateway.log.filter(({ level }) => level === 'error').map(({ message }) => message)
    assert.ok(
      errors.some((message) => /gateway\.yaml:1:\d+: .*"nowhere"/.test(message)),
      errors.join('\n'),
    )
    assert.ok(
      errors.some((message) => /gateway\.yaml:2:\d+: .*"too"/.test(message)),
      errors.join('\n'),
    )
  })

  test('refuses an admin address that others reach without a token', async () => {
    await using gateway = await GatewayProcess.start(config({ admin: { address: '0.0.0.0:0' } }))

    assert.equal(await gateway.exit(), '1')
    assert.ok(gateway.has(/there is no token/))
  })
})
