import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { ReadBuffer } from '../../../../src/proxy/read-buffers.ts'
import { HandshakePace } from '../../../../src/proxy/tls/handshake-pace.ts'
import { ListenerTlsStage } from '../../../../src/proxy/tls/listener-tls.ts'
import { secureRead } from '../../../../src/proxy/tls/secure-read.ts'
import { systemClock } from '../../../../src/std/clock.ts'
import { TimerWheel } from '../../../../src/std/timer-wheel.ts'
import { Materials } from '../../../../src/tls/materials.ts'
import { makeCa, serverCertificate } from '../../../support/certificates.ts'
import { until } from '../../../support/raw-client.ts'
import { contentTypes, recordClient } from '../../../support/tls-records.ts'
import { tlsSetup } from '../../../support/tls-stage.ts'

const ca = makeCa()
const { tls, materials } = tlsSetup({ certificates: [serverCertificate(ca, ['a.test'])] })

/** What a reader does with what it is told. */
type Reader = (bytes: Buffer, socket: Socket, buffer: ReadBuffer) => void

interface ReadServer extends AsyncDisposable {
  readonly port: number
  readonly secured: Promise<Socket>
  /** What was told, in order; `end` for the client's end. */
  readonly told: (Buffer | 'end')[]
}

interface ReadPair extends Omit<ReadServer, 'secured'> {
  readonly client: TLSSocket
  readonly socket: Socket
}

/** A server for one connection, which `secureRead` reads. */
async function readServer(reader: Reader): Promise<ReadServer> {
  const store = new Materials()
  store.take({ put: materials, removed: [] })
  const stage = new ListenerTlsStage(tls, {
    wheel: new TimerWheel(systemClock),
    clock: systemClock,
    materials: store,
    pace: new HandshakePace(),
    onUnavailable: assert.ifError,
    onFlood: assert.fail,
  })
  const told: (Buffer | 'end')[] = []
  const secured = Promise.withResolvers<Socket>()
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (accepted) => {
    accepted.on('error', () => {})
    stage.accept(accepted, '127.0.0.1', {
      onSecure(socket) {
        const buffer = new ReadBuffer()
        secureRead(socket, buffer, (length) => {
          const bytes = Buffer.from(buffer.current.subarray(0, length))
          told.push(bytes)
          reader(bytes, socket, buffer)
        })
        socket.on('end', () => told.push('end'))
        secured.resolve(socket)
      },
      onPassthrough: () => {},
      onGone: (reason, detail) => secured.reject(new Error(`${reason}: ${detail}`)),
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    told,
    secured: secured.promise,
    async [Symbol.asyncDispose]() {
      const socket = await secured.promise
      socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A client of Node's and the server's side of its connection. */
async function readPair(reader: Reader): Promise<ReadPair> {
  const server = await readServer(reader)
  const carrier = connectTcp({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
  const client = connect({ socket: carrier, ca: ca.pem, servername: 'a.test' })
  client.on('error', () => {})
  await once(client, 'secureConnect')
  const socket = await server.secured
  return {
    ...server,
    client,
    socket,
    async [Symbol.asyncDispose]() {
      client.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** RFC 8446 §6.1. */
const closeNotify = Buffer.from([1, 0])

function bytesOf(told: readonly (Buffer | 'end')[]): Buffer {
  return Buffer.concat(told.filter((one) => one !== 'end'))
}

describe('secureRead', () => {
  test('tells every byte in order, then the end', async () => {
    const sent = randomBytes(1_000_000)
    await using pair = await readPair(() => {})

    pair.client.end(sent)
    await until(() => pair.told.includes('end'), 'the end is told')

    assert.deepEqual(bytesOf(pair.told), sent)
    assert.equal(pair.told.at(-1), 'end')
  })

  test('tells nothing after a pause, though more records came in the same read', async () => {
    const sent = randomBytes(300_000)
    let paused = false
    await using pair = await readPair((_, socket) => {
      assert.equal(paused, false)
      paused = true
      socket.pause()
    })

    pair.client.end(sent)
    while (!pair.told.includes('end')) {
      await turn()
      paused = false
      pair.socket.resume()
      await turn()
    }

    assert.deepEqual(bytesOf(pair.told), sent)
  })

  test('tells the end behind what was held back, not before', async () => {
    await using server = await readServer((_, socket) => socket.pause())
    using client = await recordClient(server.port, { ca: ca.pem, servername: 'a.test' })
    const data = ['one', 'two', 'three'].map((text) => client.record(contentTypes.data, Buffer.from(text)))
    client.socket.write(Buffer.concat([...data, client.record(contentTypes.alert, closeNotify)]))
    await until(() => server.told.length > 0, 'something is told')
    for (let i = 0; i < 20; i++) await turn()
    assert.equal(server.told.map(String).join(), 'one')

    const socket = await server.secured
    while (!server.told.includes('end')) {
      socket.resume()
      await turn()
    }

    assert.equal(bytesOf(server.told).toString('latin1'), 'onetwothree')
    assert.equal(server.told.at(-1), 'end')
  })

  test('never overwrites an own buffer while its reader has paused', async () => {
    const sent = randomBytes(2_000_000)
    const views: { view: Buffer; copy: Buffer }[] = []
    await using pair = await readPair((bytes, socket, buffer) => {
      buffer.startStreaming()
      if (buffer.borrowed) return
      // As a write upstream would keep it until it has left.
      views.push({ view: buffer.current.subarray(0, bytes.length), copy: bytes })
      socket.pause()
    })

    pair.client.end(sent)
    while (!pair.told.includes('end')) {
      await turn()
      for (const { view, copy } of views.splice(0)) assert.deepEqual(view, copy)
      pair.socket.resume()
    }

    assert.deepEqual(bytesOf(pair.told), sent)
  })

  test('lets our side send on when the client has ended, and ends with close_notify', async () => {
    await using pair = await readPair(() => {})
    const got: Buffer[] = []
    pair.client.on('data', (bytes: Buffer) => got.push(bytes))

    pair.client.end('question')
    await until(() => pair.told.includes('end'), 'the end is told')
    pair.socket.end('answer')
    await once(pair.client, 'end')

    assert.equal(Buffer.concat(got).toString(), 'answer')
  })

  test('ends the connection when a record is broken', async () => {
    await using pair = await readPair(() => {})

    carrierOf(pair.client).write(Buffer.concat([Buffer.from([23, 3, 3, 0, 40]), Buffer.alloc(40)]))

    await until(() => pair.socket.destroyed, 'our side is closed')
  })
})

/** The socket below a client, to write what TLS would not. */
function carrierOf(client: TLSSocket): Socket {
  return (client as unknown as { readonly _parent: Socket })._parent
}
