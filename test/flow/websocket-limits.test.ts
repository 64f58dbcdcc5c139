import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Sender } from 'ws'
import { startGateway } from '../support/gateway.ts'
import { until } from '../support/raw-client.ts'
import { agreementTo, headOf, openRawTunnel } from '../support/raw-tunnel.ts'
import { TcpOrigin, TcpPeer } from '../support/tcp-peer.ts'
import { closed, EchoServer, echo, handshake, openWebsocket } from '../support/websocket.ts'

const echoes = await EchoServer.start({ perMessageDeflate: true })
const raw = await TcpOrigin.start()
const limits = { messageBytes: '1KiB', messagesPerSecond: 100 }
const gateway = await startGateway({
  listeners: [{ name: 'web', address: '127.0.0.1:0' }],
  routes: [
    { to: 'echoes', upgrade: { messageBytes: '1KiB' } },
    { path: '/slowly', to: 'echoes', upgrade: { messagesPerSecond: 3 } },
    { path: '/pinged', to: 'echoes', upgrade: { ping: '100ms', idle: '1s' } },
    { hosts: ['a.test'], to: 'raw', upgrade: limits },
  ],
  clusters: { echoes: { endpoints: [echoes.address] }, raw: { endpoints: [raw.address] } },
})
const port = gateway.port()

after(async () => {
  await gateway[Symbol.asyncDispose]()
  await echoes[Symbol.asyncDispose]()
  await raw[Symbol.asyncDispose]()
})
beforeEach(() => {
  gateway.outcomes.length = 0
  echoes.sockets.length = 0
})
afterEach(async () => {
  raw.forget()
  await until(() => gateway.gateway.counts().tunnels === 0, 'every tunnel is over')
})

interface Shape {
  readonly opcode: number
  readonly fin?: boolean
  readonly mask?: boolean
  readonly rsv1?: boolean
}

/** A frame as ws makes it; a client's, unless it says otherwise. */
function frame(payload: Buffer | number, { opcode, fin = true, mask = true, rsv1 = false }: Shape): Buffer {
  const bytes = typeof payload === 'number' ? Buffer.alloc(payload, 'a') : payload
  return Buffer.concat(Sender.frame(bytes, { fin, rsv1, opcode, mask, readOnly: true }))
}

const text = 1
const binary = 2

describe('a limit on messages', () => {
  test('lets one of exactly its size pass, both ways', async () => {
    const socket = await openWebsocket(port)
    const message = randomBytes(1024)

    const back = await echo(socket, message)
    socket.terminate()

    assert.deepEqual(back, message)
  })

  test('closes with 1009 at one that is larger, which the endpoint never sees', async () => {
    const socket = await openWebsocket(port)
    const seen: number[] = []
    echoes.sockets[0]?.on('message', (data: Buffer) => seen.push(data.length))
    const codes = Promise.all([closed(socket), closed(echoes.sockets[0] as never)])

    socket.send(Buffer.alloc(10))
    socket.send(Buffer.alloc(1025))
    const outcome = await gateway.outcome()

    assert.deepEqual([await codes, seen], [[1009, 1009], [10]])
    assert.deepEqual([outcome.status, outcome.reason], [101, 'websocket_message'])
  })

  test('counts the fragments of a message together', async () => {
    const socket = await openWebsocket(port)
    const code = closed(socket)

    for (let i = 0; i < 4; i++) socket.send(Buffer.alloc(300), { fin: i === 3 })

    assert.equal(await code, 1009)
  })

  test('holds for the endpoint as well', async () => {
    const socket = await openWebsocket(port)
    const code = closed(socket)

    echoes.sockets[0]?.send(Buffer.alloc(2000))

    assert.deepEqual([await code, (await gateway.outcome()).reason], [1009, 'websocket_message'])
  })

  test('takes the offer of compression away, so that sizes mean something', async () => {
    const socket = await openWebsocket(port, { perMessageDeflate: true })

    const back = await echo(socket, 'x'.repeat(1000))
    socket.terminate()

    assert.deepEqual([socket.extensions, back.length], ['', 1000])
  })

  test('refuses an endpoint that compresses although nobody offered it', async () => {
    using client = await TcpPeer.connect(port)
    client.send(handshake('/ws', 'Sec-WebSocket-Extensions: permessage-deflate\r\n'))
    const endpoint = await raw.peer()
    const head = await headOf(endpoint)
    endpoint.send(agreementTo(head, 'sec-websocket-extensions: permessage-deflate\r\n'))

    assert.match(await headOf(client), /^HTTP\/1.1 502 /)
    assert.doesNotMatch(head, /sec-websocket-extensions/i)
  })
})

describe('a limit on messages a second', () => {
  test('closes with 1008 at one too many, and those before it arrive', async () => {
    const socket = await openWebsocket(port, { path: '/slowly' })
    const seen: string[] = []
    echoes.sockets[0]?.on('message', (data: Buffer) => seen.push(String(data)))
    const code = closed(socket)

    for (let i = 0; i < 5; i++) socket.send(String(i))

    assert.deepEqual([await code, seen], [1008, ['0', '1', '2']])
    assert.equal((await gateway.outcome()).reason, 'websocket_rate')
  })
})

describe('a route that reads frames', () => {
  for (const [what, bytes] of [
    ['that is not masked', frame(5, { opcode: text, mask: false })],
    ['with RSV1', frame(5, { opcode: text, rsv1: true })],
    ['of an unknown opcode', frame(5, { opcode: 3 })],
    ['of a fragmented ping', frame(5, { opcode: 9, fin: false })],
    ['of a ping of 126 bytes', frame(126, { opcode: 9 })],
    ['of a continuation of nothing', frame(5, { opcode: 0 })],
  ] as const) {
    test(`closes with 1002 at a frame ${what}, which the endpoint never sees`, async () => {
      using tunnel = await openRawTunnel(port, raw)

      tunnel.client.send(bytes)
      const ends = [await tunnel.client.ended(), await tunnel.endpoint.ended()]
      const outcome = await gateway.outcome()

      assert.deepEqual(
        [ends, Buffer.from(tunnel.clientText(), 'latin1').toString('hex')],
        [['fin', 'fin'], '880203ea'],
      )
      assert.match(Buffer.from(tunnel.endpointText(), 'latin1').toString('hex'), /^8882.{12}$/)
      assert.equal(outcome.reason, 'websocket_frame')
    })
  }

  test('passes good frames on byte for byte, however they are cut', async () => {
    using tunnel = await openRawTunnel(port, raw)
    const frames = Buffer.concat([
      frame(3, { opcode: text }),
      frame(1000, { opcode: binary }),
      frame(0, { opcode: 9 }),
      frame(200, { opcode: binary, fin: false }),
      frame(0, { opcode: 10 }),
      frame(200, { opcode: 0 }),
    ])

    for (const byte of frames) {
      tunnel.client.send(Buffer.of(byte))
      await turn()
    }
    await until(() => tunnel.endpointText().length === frames.length, 'all is heard')

    assert.equal(tunnel.endpointText(), frames.toString('latin1'))
  })

  test('says nothing of its own in the middle of a header', async () => {
    using tunnel = await openRawTunnel(port, raw)
    const good = frame(3, { opcode: text })
    const bad = frame(2000, { opcode: binary })

    for (const byte of Buffer.concat([good, bad.subarray(0, 8)])) {
      tunnel.client.send(Buffer.of(byte))
      await turn()
    }
    await tunnel.endpoint.ended()
    const heard = Buffer.from(tunnel.endpointText(), 'latin1')

    assert.deepEqual(heard.subarray(0, good.length), good)
    assert.match(heard.subarray(good.length).toString('hex'), /^8882.{12}$/)
  })

  test('pings both ends while nothing passes, and their answers keep the websocket open', async () => {
    const socket = await openWebsocket(port, { path: '/pinged', perMessageDeflate: true })
    const pings = { client: 0, endpoint: 0 }
    socket.on('ping', () => pings.client++)
    echoes.sockets[0]?.on('ping', () => pings.endpoint++)

    await until(
      () => pings.client >= 15 && pings.endpoint >= 15,
      'both are pinged for longer than the idle limit',
    )
    const back = await echo(socket, 'alive '.repeat(1000))
    socket.terminate()

    assert.deepEqual([back.length, socket.extensions], [6000, 'permessage-deflate'])
  })
})
