import assert from 'node:assert/strict'
import { after, afterEach, describe, test } from 'node:test'
import { startGateway } from '../support/gateway.ts'
import { H2Client, h2Body } from '../support/h2-client.ts'
import { frame, u32 } from '../support/h2-frames.ts'
import type { Field } from '../support/message-reader.ts'
import { until } from '../support/raw-client.ts'
import { agreementTo, behindHead, headOf } from '../support/raw-tunnel.ts'
import { TcpOrigin, type TcpPeer } from '../support/tcp-peer.ts'

// Websockets that begin with an extended CONNECT: RFC 8441.

const raw = await TcpOrigin.start()
const gateway = await startGateway({
  listeners: [{ name: 'web', address: '127.0.0.1:0' }],
  routes: [{ to: 'raw' }],
  clusters: { raw: { endpoints: [raw.address] } },
})
const port = gateway.port()

const connect: readonly Field[] = [
  [':method', 'CONNECT'],
  [':protocol', 'websocket'],
  [':scheme', 'http'],
  [':path', '/ws?a=b'],
  [':authority', 'a.test'],
  ['sec-websocket-version', '13'],
]

interface Opened extends Disposable {
  readonly client: H2Client
  readonly id: number
  readonly endpoint: TcpPeer
  readonly head: string
}

async function open(credits: 'yes' | 'no' = 'yes'): Promise<Opened> {
  const index = raw.peers.length
  const client = await H2Client.connect(port, { credits })
  const id = client.id()
  client.head(id, connect, 'open')
  const endpoint = await raw.peer(index)
  const head = await headOf(endpoint)
  endpoint.send(agreementTo(head))
  await until(
    () => client.answer(id).status !== 0 || client.answer(id).reset !== undefined,
    'the tunnel opens',
  )
  return {
    client,
    id,
    endpoint,
    head,
    [Symbol.dispose]() {
      client[Symbol.dispose]()
      endpoint[Symbol.dispose]()
    },
  }
}

describe('a websocket over HTTP/2', () => {
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await raw[Symbol.asyncDispose]()
  })
  afterEach(async () => {
    await until(() => gateway.gateway.counts().tunnels === 0, 'every tunnel is over')
    raw.forget()
    gateway.outcomes.length = 0
  })

  test('opens as an upgrade of HTTP/1.1 at the endpoint, and with 200 at the client', async () => {
    using tunnel = await open()
    const { client, id, head } = tunnel

    assert.match(head, /^GET \/ws\?a=b HTTP\/1.1\r\nhost: a.test\r\n/)
    assert.match(head, /\r\nupgrade: websocket\r\n/i)
    assert.match(head, /\r\nsec-websocket-key: [A-Za-z0-9+/]{22}==\r\n/)
    const names = client.answer(id).fields.map(([name]) => name)
    assert.equal(client.answer(id).status, 200)
    assert.ok(
      !names.some((name) => /^(upgrade|connection|sec-websocket-accept|content-length)$/.test(name)),
      names.join(),
    )
  })

  test('passes bytes both ways, and ends', async () => {
    using tunnel = await open()
    const { client, id, endpoint } = tunnel

    client.body(id, 'up', 'open')
    endpoint.send('down')
    await until(
      () => behindHead(endpoint) === 'up' && h2Body(client.answer(id)) === 'down',
      'both have heard',
    )
    client.body(id, '', 'end')
    await until(() => endpoint.state === 'fin', 'the end is passed on')
    endpoint.send('last').finish()

    assert.equal(h2Body(await client.response(id)), 'downlast')
    const outcome = await gateway.outcome()
    assert.deepEqual([outcome.status, outcome.reason, outcome.protocol], [200, undefined, 'HTTP/2'])
  })

  test('ends at the endpoint when the client resets its stream', async () => {
    using tunnel = await open()

    tunnel.client.reset(tunnel.id)

    await until(() => tunnel.endpoint.state !== 'open', 'the endpoint knows')
  })

  test('waits for a client that opens no window', async () => {
    using tunnel = await open('no')
    const { client, id, endpoint } = tunnel
    const large = Buffer.alloc(1_000_000, 'd')

    endpoint.send(large)
    await until(() => client.answer(id).bytes === 65_535, 'the window is full')
    for (let opened = 65_535; opened < large.length; opened += 65_535) {
      client.send(frame(8, 0, 0, u32(65_535)), frame(8, 0, id, u32(65_535)))
      await until(() => client.answer(id).bytes >= Math.min(large.length, opened + 65_535), 'more has come')
    }

    assert.equal(client.answer(id).bytes, large.length)
  })

  test('is refused with the answer of an endpoint that does not agree', async () => {
    using client = await H2Client.connect(port)
    const id = client.id()
    client.head(id, connect, 'open')
    const endpoint = await raw.peer(0)
    await headOf(endpoint)

    endpoint.send('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno')

    const got = await client.response(id)
    assert.deepEqual([got.status, h2Body(got)], [403, 'no'])
  })
})
