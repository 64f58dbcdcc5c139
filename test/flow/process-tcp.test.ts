import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { GatewayProcess } from '../support/gateway-process.ts'
import { v1 } from '../support/proxy-header.ts'
import { TcpOrigin, TcpPeer } from '../support/tcp-peer.ts'

const origin = await TcpOrigin.start()
const address = '127.0.0.1:0'
const config = {
  admin: { address },
  accessLog: { to: 'stdout' },
  drain: { timeout: '30s' },
  listeners: [
    { name: 'tcp', address, proxyProtocol: { from: ['127.0.0.1'] }, tcp: { to: 'app' } },
    { name: 'quiet', address, tcp: { to: 'app', accessLog: 'off' } },
  ],
  clusters: { app: { endpoints: [origin.address] } },
}

/** Tunnels of a gateway, with both ends. */
async function opened(gateway: GatewayProcess, listener: string, count: number) {
  const pairs: { client: TcpPeer; server: TcpPeer }[] = []
  for (let i = 0; i < count; i++) {
    const index = origin.peers.length
    const client = await TcpPeer.connect(gateway.port(listener))
    if (listener === 'tcp') client.send(v1())
    pairs.push({ client, server: await origin.peer(index) })
  }
  return pairs
}

async function ended({ client, server }: { client: TcpPeer; server: TcpPeer }): Promise<string> {
  client.send('ask').finish()
  await server.ended()
  server.send('answer').finish()
  await client.ended()
  return `${server.text} ${client.text} ${client.state}`
}

for (const workers of [1, 2]) {
  describe(`tunnels of ${workers === 1 ? 'one process' : 'two workers'}`, () => {
    after(() => origin.forget())

    test('outlive SIGTERM, and are logged where their listener says so', async () => {
      await using gateway = await GatewayProcess.start(config, { workers })
      const pairs = [...(await opened(gateway, 'tcp', 4)), ...(await opened(gateway, 'quiet', 2))]

      gateway.signal('SIGTERM')
      await gateway.line('stopping')
      const ends = await Promise.all(pairs.map(ended))
      const code = await gateway.exit()

      const lines = gateway.accessLog.trim().split('\n')
      const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
      assert.deepEqual([code, new Set(ends)], ['0', new Set(['ask answer fin'])])
      assert.deepEqual(
        logged.map(({ listener, protocol, client, status }) => [listener, protocol, client, status]),
        Array.from({ length: 4 }, () => ['tcp', 'TCP', '203.0.113.7', undefined]),
      )
    })
  })
}

test('tunnels of a worker that is replaced go on', async () => {
  await using gateway = await GatewayProcess.start(config, { workers: 2 })
  const pairs = await opened(gateway, 'quiet', 20)
  const [replaced = 0] = gateway.workers()

  process.kill(replaced, 'SIGTERM')
  await gateway.line('a worker started', 3)
  const ends = await Promise.all(pairs.map(ended))

  assert.deepEqual(new Set(ends), new Set(['ask answer fin']))
  for (const { client } of pairs) client.socket.destroy()
})

after(() => origin[Symbol.asyncDispose]())
