import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { describe, test } from 'node:test'
import type { Config } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { RawClient } from '../support/raw-client.ts'

/** Answers `/` with `body`; the listener is the same in all of them. */
function config(body: string, more: Config = {}): Config {
  return {
    admin: { address: '127.0.0.1:0' },
    accessLog: { to: 'off' },
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [{ hosts: ['a.test'], filters: [{ respond: { status: 200, body } }] }],
    ...more,
  }
}

const inForce = 'configuration in force'
const refusedLine = /was refused and the last good one stays/

interface Problems {
  readonly problems: readonly { readonly severity: string; readonly message: string }[]
}

async function messages(gateway: GatewayProcess): Promise<string[]> {
  const { problems } = (await gateway.admin('/api/problems')) as Problems
  return problems.map(({ severity, message }) => `${severity}: ${message}`)
}

for (const workers of [1, 2]) {
  describe(`a reload with ${workers === 1 ? 'one process' : 'two workers'}`, () => {
    test('takes effect without a connection being closed', async () => {
      await using gateway = await GatewayProcess.start(config('one'), { workers })
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })

      const before = await gateway.get('/', { agent })
      gateway.write(config('two'))
      await gateway.line(inForce, 2)
      const after = await gateway.get('/', { agent })
      const accepted = await gateway.metric('tidegate_connections_accepted_total{listener="web"}')
      agent.destroy()

      assert.deepEqual([before.text, after.text, accepted], ['one', 'two', 1])
    })

    test('sends no request to a cluster before its name is resolved', async () => {
      const origin = createHttpServer((_, response) => response.end('by name')).listen(0, '127.0.0.1')
      await once(origin, 'listening')
      const { port } = origin.address() as AddressInfo
      const named = { dns: `localhost:${port}` }
      const routes = [{ hosts: ['a.test'], to: 'app' }]

      await using gateway = await GatewayProcess.start(config('', { routes, clusters: { app: named } }), {
        workers,
      })
      const first = await gateway.get('/')
      gateway.write(config('', { routes: [{ hosts: ['a.test'], to: 'other' }], clusters: { other: named } }))
      await gateway.line(inForce, 2)
      const second = await gateway.get('/')
      origin.close()

      assert.deepEqual([first.text, second.text], ['by name', 'by name'])
    })

    test('keeps the last good configuration when the new one is broken, and says why', async () => {
      await using gateway = await GatewayProcess.start(config('one'), { workers })

      gateway.write('routes: [{ hosts: [a.test], tp: app }]')
      await gateway.line(refusedLine)

      assert.equal((await gateway.get('/')).text, 'one')
      assert.match((await messages(gateway)).join('\n'), /error: .*"tp"/)
      assert.equal(await gateway.metric('tidegate_config_last_load_successful'), 0)
      assert.equal(await gateway.metric('tidegate_config_loads_total{result="failure"}'), 1)
    })

    test('forgets the problems when the file is good again', async () => {
      await using gateway = await GatewayProcess.start(config('one'), { workers })
      gateway.write('routes: [')
      await gateway.line(refusedLine)

      gateway.write(config('two'))
      await gateway.line(inForce, 2)

      assert.equal((await gateway.get('/')).text, 'two')
      assert.deepEqual(await messages(gateway), [])
    })
  })
}

describe('a listener', () => {
  test('that cannot be bound is a problem, the others work, and it is tried again', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as AddressInfo
    const listeners = [
      { name: 'web', address: '127.0.0.1:0' },
      { name: 'taken', address: `127.0.0.1:${port}` },
    ]

    await using gateway = await GatewayProcess.start(config('one', { listeners }), { workers: 2 })
    const during = await messages(gateway)
    const served = await gateway.get('/')
    holder.close()
    await gateway.line(`listener taken on http://127.0.0.1:${port}`)
    const afterwards = await gateway.get('/', { port })

    assert.match(
      during.join(),
      new RegExp(`listener "taken" cannot listen on "127.0.0.1:${port}".*EADDRINUSE`),
    )
    assert.deepEqual([served.text, afterwards.text], ['one', 'one'])
    assert.deepEqual(await messages(gateway), [])
  })

  test('comes, moves and goes with the configuration', async () => {
    await using gateway = await GatewayProcess.start(config('one'), { workers: 2 })
    const listeners = [
      { name: 'web', address: '127.0.0.1:0' },
      { name: 'more', address: '127.0.0.1:0' },
    ]

    gateway.write(config('one', { listeners }))
    await gateway.line(/^listener more on/)
    const more = gateway.port('more')
    const came = await gateway.get('/', { port: more })
    gateway.write(config('one'))
    await gateway.line(/^listener more is gone/)

    assert.equal(came.text, 'one')
    await assert.rejects(() => RawClient.connect(more), /ECONNREFUSED/)
    assert.equal((await gateway.get('/')).text, 'one')
  })
})

describe('what a reload cannot change', () => {
  test('is a warning that says when it takes effect', async () => {
    await using gateway = await GatewayProcess.start(config('one', { workers: 1 }))

    gateway.write(config('two', { workers: 2 }))
    await gateway.line(inForce, 2)

    assert.deepEqual(await messages(gateway), ['warning: "workers" has changed and takes effect at restart'])
    assert.equal((await gateway.get('/')).text, 'two')
  })
})

describe('SIGHUP', () => {
  test('reads the files again', async () => {
    await using gateway = await GatewayProcess.start(config('one'))

    gateway.signal('SIGHUP')

    await gateway.line('the configuration says what it said before')
    assert.equal(await gateway.metric('tidegate_config_loads_total{result="success"}'), 2)
  })
})
