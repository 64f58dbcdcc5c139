import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { WebSocket } from 'ws'
import { type Config, startGateway } from '../support/gateway.ts'
import { until } from '../support/raw-client.ts'
import { openRawTunnel } from '../support/raw-tunnel.ts'
import { TcpOrigin } from '../support/tcp-peer.ts'
import { closed, EchoServer, echo, openWebsocket } from '../support/websocket.ts'

const close = Buffer.from('880203e9', 'hex').toString('latin1')

function config(endpoint: string, more: Config = {}): Config {
  return {
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [{ to: 'c' }],
    clusters: { c: { endpoints: [endpoint] } },
    ...more,
  }
}

/** Both codes with which the two ends of a websocket are closed. */
async function bothCodes(client: WebSocket, server: WebSocket | undefined): Promise<number[]> {
  return Promise.all([closed(client), server === undefined ? Promise.resolve(0) : closed(server)])
}

describe('a drain', () => {
  test('closes websockets with 1001, and their endpoints hear the same', async () => {
    await using server = await EchoServer.start()
    const gateway = await startGateway(config(server.address))
    const clients = await Promise.all(Array.from({ length: 5 }, () => openWebsocket(gateway.port())))
    const codes = clients.map((client, i) => bothCodes(client, server.sockets[i]))

    await gateway.gateway.drain({ delayMs: 0, timeoutMs: 10_000, websocketsMs: 100 })

    assert.deepEqual((await Promise.all(codes)).flat(), Array(10).fill(1001))
    assert.deepEqual(
      gateway.outcomes.map(({ status, reason }) => [status, reason]),
      Array.from({ length: 5 }, () => [101, 'draining']),
    )
    await gateway[Symbol.asyncDispose]()
  })

  test('closes them one by one, spread over their time', async () => {
    await using server = await EchoServer.start()
    const gateway = await startGateway(config(server.address))
    const clients = await Promise.all(Array.from({ length: 10 }, () => openWebsocket(gateway.port())))
    const open: number[] = []
    const all = clients.map(async (client) => {
      await closed(client)
      open.push(clients.filter(({ readyState }) => readyState === client.OPEN).length)
    })

    await gateway.gateway.drain({ delayMs: 0, timeoutMs: 20_000, websocketsMs: 1000 })
    await Promise.all(all)

    // All at once, each would see none left open.
    assert.ok(new Set(open).size >= 5, `left open at each close: ${open.join(' ')}`)
    await gateway[Symbol.asyncDispose]()
  })

  test('closes a websocket that opens meanwhile', async () => {
    await using server = await EchoServer.start()
    const gateway = await startGateway(config(server.address))
    const drained = gateway.gateway.drain({ delayMs: 300, timeoutMs: 10_000, websocketsMs: 0 })

    const client = await openWebsocket(gateway.port())
    const back = await echo(client, 'still here')
    const code = await closed(client)
    await drained

    assert.deepEqual([String(back), code], ['still here', 1001])
    await gateway[Symbol.asyncDispose]()
  })

  test('lets the frame under way pass to its end before the Close', async () => {
    await using origin = await TcpOrigin.start()
    const gateway = await startGateway(config(origin.address))
    using tunnel = await openRawTunnel(gateway.port(), origin)
    tunnel.endpoint.send(Buffer.from('8105', 'hex')).send('he')
    await until(() => tunnel.clientText().length === 4, 'the first half is heard')
    using silent = await openRawTunnel(gateway.port(), origin)

    const drained = gateway.gateway.drain({ delayMs: 0, timeoutMs: 20_000, websocketsMs: 0 })
    await until(() => silent.clientText() === close, 'it is time for all of them')
    tunnel.endpoint.send(Buffer.concat([Buffer.from('llo'), Buffer.from('8103', 'hex'), Buffer.from('not')]))
    await until(() => tunnel.clientText().endsWith(close), 'the Close is heard')
    for (const { client, endpoint } of [tunnel, silent]) {
      client.finish()
      endpoint.finish()
    }
    await drained

    assert.equal(Buffer.from(tunnel.clientText(), 'latin1').toString('hex'), '810568656c6c6f880203e9')
    await gateway[Symbol.asyncDispose]()
  })

  test('cuts at the deadline those that do not answer', async () => {
    await using origin = await TcpOrigin.start()
    const gateway = await startGateway(config(origin.address))
    using tunnel = await openRawTunnel(gateway.port(), origin)

    await gateway.gateway.drain({ delayMs: 0, timeoutMs: 300, websocketsMs: 0 })
    const ends = [await tunnel.client.ended(), await tunnel.endpoint.ended()]
    const outcome = await gateway.outcome(0)

    assert.deepEqual([ends, outcome.reason], [['reset', 'reset'], 'draining'])
    await gateway[Symbol.asyncDispose]()
  })
})

describe('a change of the configuration', () => {
  test('that takes a listener away closes its websockets with 1001, and no others', async () => {
    await using server = await EchoServer.start()
    const second = { name: 'second', address: '127.0.0.1:0' }
    const before = config(server.address)
    await using gateway = await startGateway({
      ...before,
      listeners: [...(before['listeners'] as Config[]), second],
    })
    const stays = await openWebsocket(gateway.port('web'))
    const goes = await openWebsocket(gateway.port('second'))

    const code = closed(goes)
    await gateway.install(before)

    assert.deepEqual([await code, String(await echo(stays, 'here'))], [1001, 'here'])
    stays.terminate()
  })

  test('U13 never closes a websocket: 500 of them live through twenty changes of everything', async () => {
    await using server = await EchoServer.start()
    const gateway = await startGateway(config(server.address))
    const clients: WebSocket[] = []
    for (let i = 0; i < 500; i++) clients.push(await openWebsocket(gateway.port()))
    const alive = async (round: number) => {
      const back = await Promise.all(clients.map((client, i) => echo(client, `${round} ${i}`)))
      return back.filter((data, i) => String(data) === `${round} ${i}`).length
    }

    const counts: number[] = []
    for (let round = 0; round < 20; round++) {
      await gateway.install(changed(server.address, round))
      counts.push(await alive(round))
    }
    const open = gateway.gateway.counts().tunnels
    for (const client of clients) client.terminate()
    await until(() => gateway.gateway.counts().tunnels === 0, 'all are over')

    assert.deepEqual([counts, open], [Array(20).fill(500), 500])
    await gateway[Symbol.asyncDispose]()
  })
})

/** Routes, clusters, filters, limits of the listener and rules for upgrades: all different, and the used ones gone at times. */
function changed(endpoint: string, round: number): Config {
  const kinds: Config[] = [
    { routes: [], clusters: {} },
    { routes: [{ hosts: ['other.test'], to: 'd' }], clusters: { d: { endpoints: ['127.0.0.1:9'] } } },
    { clusters: { c: { endpoints: ['127.0.0.1:9'] } } },
    { listeners: [{ name: 'web', address: '127.0.0.1:0', limits: { keepAliveIdle: '1s', connections: 1 } }] },
    { routes: [{ to: 'c', upgrade: { protocols: [], idle: '1s', age: '1s' } }] },
    { routes: [{ to: 'c', timeouts: { total: '1s', idle: '100ms' } }] },
  ]
  return config(endpoint, kinds[round % kinds.length])
}
