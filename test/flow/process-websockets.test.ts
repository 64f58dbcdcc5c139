import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { WebSocket } from 'ws'
import type { Config } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { closed, EchoServer, echo, openWebsocket } from '../support/websocket.ts'

let server: EchoServer
before(async () => {
  server = await EchoServer.start()
})
after(() => server[Symbol.asyncDispose]())

function config(more: Config = {}): Config {
  return {
    admin: { address: '127.0.0.1:0' },
    accessLog: { to: 'off' },
    drain: { timeout: '20s', websockets: '1s' },
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [{ to: 'app' }],
    clusters: { app: { endpoints: [server.address] } },
    ...more,
  }
}

async function openSeveral(port: number, count: number): Promise<WebSocket[]> {
  return Promise.all(Array.from({ length: count }, () => openWebsocket(port)))
}

describe('the websockets of workers', () => {
  test('are closed with 1001 when the gateway ends', async () => {
    await using gateway = await GatewayProcess.start(config(), { workers: 2 })
    const sockets = await openSeveral(gateway.port(), 20)
    const open = await gateway.metric('tidegate_upgraded_connections')
    const codes = Promise.all(sockets.map((socket) => closed(socket)))

    gateway.signal('SIGTERM')

    assert.deepEqual([open, new Set(await codes), await gateway.exit()], [20, new Set([1001]), '0'])
  })

  test('are closed with 1001 when their worker is replaced, and the others live', async () => {
    await using gateway = await GatewayProcess.start(config(), { workers: 2 })
    const sockets = await openSeveral(gateway.port(), 30)
    const codes: number[] = []
    for (const socket of sockets) socket.on('close', (code: number) => codes.push(code))
    const [first = 0] = gateway.workers()

    process.kill(first, 'SIGTERM')
    await gateway.line('a worker that was replaced has finished')
    const rest = sockets.filter(({ readyState }) => readyState === 1)
    const back = await Promise.all(rest.map((socket) => echo(socket, 'alive')))
    for (const socket of rest) socket.terminate()

    assert.ok(codes.length > 0 && rest.length > 0, `${codes.length} closed, ${rest.length} open`)
    assert.deepEqual([new Set(codes), new Set(back.map(String))], [new Set([1001]), new Set(['alive'])])
  })

  test('live on through a new configuration', async () => {
    await using gateway = await GatewayProcess.start(config(), { workers: 2 })
    const sockets = await openSeveral(gateway.port(), 20)

    gateway.write(config({ routes: [{ path: '/other', to: 'app' }] }))
    await gateway.line('configuration in force', 2)
    const back = await Promise.all(sockets.map((socket) => echo(socket, 'alive')))
    for (const socket of sockets) socket.terminate()

    assert.deepEqual(new Set(back.map(String)), new Set(['alive']))
  })
})
