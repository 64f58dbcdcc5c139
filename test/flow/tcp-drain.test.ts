import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { type Config, startGateway } from '../support/gateway.ts'
import { until } from '../support/raw-client.ts'
import { refusingAddress, TcpOrigin, TcpPeer } from '../support/tcp-peer.ts'

const origin = await TcpOrigin.start()
const other = await TcpOrigin.start()
const refusing = await refusingAddress()

function configOf(listener: Config | undefined, to = origin.address): Config {
  const spare = { name: 'spare', address: '127.0.0.1:0', tcp: { to: 'spare' } }
  return {
    listeners:
      listener === undefined ? [spare] : [{ name: 'tcp', address: '127.0.0.1:0', ...listener }, spare],
    clusters: { origin: { endpoints: [to] }, spare: { endpoints: [other.address] } },
  }
}

/** Tunnels that are open, with both ends. */
async function opened(count: number, listener: Config = { tcp: { to: 'origin' } }) {
  const gateway = await startGateway(configOf(listener))
  const pairs: { client: TcpPeer; server: TcpPeer }[] = []
  for (let i = 0; i < count; i++) {
    const client = await TcpPeer.connect(gateway.port('tcp'))
    pairs.push({ client, server: await origin.peer(i) })
  }
  return { gateway, pairs, first: pairs[0]! }
}

/** Whether each tunnel still carries a byte each way. */
async function alive(pairs: readonly { client: TcpPeer; server: TcpPeer }[]): Promise<boolean> {
  for (const { client, server } of pairs) {
    const [before, behind] = [client.bytes, server.bytes]
    client.send('c')
    server.send('s')
    await Promise.all([client.heard(before + 1), server.heard(behind + 1)])
  }
  return pairs.every(({ client, server }) => client.state === 'open' && server.state === 'open')
}

describe('tunnels', () => {
  after(async () => {
    await origin[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    origin.forget()
    other.forget()
  })

  test('go on while the gateway drains, until they end by themselves', async () => {
    const { gateway, first } = await opened(1)

    const drained = gateway.gateway.drain({ delayMs: 0, timeoutMs: 60_000 })
    first.client.send('still').finish()
    await first.server.ended()
    first.server.send('here').finish()
    await drained

    assert.deepEqual([first.server.text, first.client.text, first.client.state], ['still', 'here', 'fin'])
    assert.equal(gateway.outcomes[0]?.reason, undefined)
  })

  test('are reset at the deadline of a drain, and say so', async () => {
    const { gateway, pairs } = await opened(3)

    await gateway.gateway.drain({ delayMs: 0, timeoutMs: 200 })
    const ends = await Promise.all(pairs.flatMap(({ client, server }) => [client.ended(), server.ended()]))

    assert.deepEqual(new Set(ends), new Set(['reset']))
    assert.deepEqual(
      gateway.outcomes.map(({ reason }) => reason),
      ['draining', 'draining', 'draining'],
    )
  })

  const changes: readonly (readonly [string, Config])[] = [
    ['of its limits', configOf({ tcp: { to: 'origin', idle: '5m' }, limits: { connections: 500 } })],
    ['of its target', configOf({ tcp: { to: 'spare' } })],
    ['that makes it an HTTP listener', { ...configOf({}), routes: [{ to: 'origin' }] }],
    ['of the endpoints of its cluster', configOf({ tcp: { to: 'origin' } }, refusing)],
    [
      'that wants PROXY headers',
      configOf({ tcp: { to: 'origin' }, proxyProtocol: { from: ['10.0.0.0/8'] } }),
    ],
    ['that removes it', configOf(undefined)],
  ]
  for (const [name, config] of changes) {
    test(`outlive a change of the listener ${name}`, async () => {
      const { gateway, pairs } = await opened(100)

      await gateway.install(config)

      assert.deepEqual([await alive(pairs), gateway.outcomes.length], [true, 0])
      for (const { client } of pairs) client.reset()
      await until(() => gateway.outcomes.length === 100, 'all have ended')
      await gateway[Symbol.asyncDispose]()
    })
  }

  test('lead to the new target when they are opened after a change', async () => {
    const { gateway, first } = await opened(1)

    await gateway.install(configOf({ tcp: { to: 'spare' } }))
    using client = await TcpPeer.connect(gateway.port('tcp'))
    client.send('hello')

    assert.equal(await (await other.peer()).heard(5), 'hello')
    first.client.reset()
    await gateway[Symbol.asyncDispose]()
  })
})
