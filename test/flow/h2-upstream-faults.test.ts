import assert from 'node:assert/strict'
import { request } from 'node:http'
import { type ClientHttp2Session, connect } from 'node:http2'
import { describe, test } from 'node:test'
import { seededRandom } from '../support/clusters.ts'
import { startGateway } from '../support/gateway.ts'
import { H2Origin, type H2Request, type H2Script } from '../support/h2-origin.ts'
import { until } from '../support/raw-client.ts'

// Endpoints that do everything wrong at random, and clients that leave at random: whatever happens to a request, the gateway
// must come out of it with nothing counted, held or open that is not there.

const seed = 20

/** Answers by chance: right, wrong, half, late or not at all. */
function faulty(random: () => number): H2Script {
  const early = new Set<H2Request>()
  return {
    onHead: (each) => {
      const { stream } = each
      const roll = random()
      if (roll < 0.03) stream.reset([0, 2, 7, 8, 11][Math.floor(random() * 5)] ?? 0)
      else if (roll < 0.05) stream.head(413).body('early')
      else if (roll < 0.06) stream.connection.socket.resetAndDestroy()
      else if (roll < 0.07) stream.connection.goaway(Math.max(0, stream.id - 2))
      else return
      early.add(each)
    },
    onRequest: (each) => {
      if (early.has(each)) return
      if (random() < 0.5) answer(each, random())
      else setImmediate(() => answer(each, random()))
    },
  }
}

function answer({ stream }: H2Request, roll: number): void {
  if (roll < 0.04) stream.head(200).body('abc', 'open').reset(2)
  else if (roll < 0.06) {
    stream.head(200).body('abc', 'open')
    stream.connection.socket.destroy()
  } else if (roll < 0.08) stream.head('abc')
  else if (roll < 0.1) stream.head(200, [['content-length', '9']]).body('short')
  else if (roll < 0.12) stream.connection.send(Buffer.from('this is not HTTP/2 at all'))
  else if (roll < 0.14) {
    stream.connection.goaway(0x7fff_ffff)
    stream.head(200).body('bye')
  } else if (roll < 0.3) stream.head(200).body(Buffer.alloc(60_000))
  else if (roll > 0.98) return
  else stream.head(200).body('ok')
}

/** One request of HTTP/1.1; it may leave in the middle. */
function askOnce(port: number, random: () => number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const body = random() < 0.4 ? Buffer.alloc(Math.floor(random() * 100_000)) : undefined
  const method = body === undefined ? 'GET' : 'POST'
  const outgoing = request({ host: '127.0.0.1', port, method, agent: false }, (response) => {
    response.on('error', () => {}).on('close', resolve)
    response.resume()
  })
  outgoing.on('error', () => resolve()).on('close', resolve)
  outgoing.end(body)
  if (random() < 0.05) setImmediate(() => outgoing.destroy())
  return promise
}

/** One request of HTTP/2, of gRPC half of the time. */
function callOnce(session: ClientHttp2Session, random: () => number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const grpc = { 'content-type': 'application/grpc', te: 'trailers', 'grpc-timeout': '300m' }
  const stream = session.request({
    ':path': '/a.B/C',
    ':method': 'POST',
    ...(random() < 0.5 ? grpc : {}),
  })
  stream.on('error', () => {}).on('close', resolve)
  stream.resume()
  stream.end(Buffer.alloc(Math.floor(random() * 30_000)))
  if (random() < 0.02) setImmediate(() => stream.close(8))
  return promise
}

describe('endpoints of HTTP/2 that do everything wrong', () => {
  test(`leave nothing behind (seed ${seed})`, { timeout: 60_000 }, async () => {
    const random = seededRandom(seed)
    await using first = await H2Origin.start(faulty(random))
    await using second = await H2Origin.start(faulty(random), { settings: [[3, 4]] })
    await using gateway = await startGateway({
      listeners: [{ name: 'web', address: '127.0.0.1:0' }],
      routes: [
        {
          to: 'faulty',
          retry: { on: ['reset', 'status'], attempts: 2, methods: ['GET', 'POST'] },
          timeouts: { perTry: '300ms', idle: '300ms' },
        },
      ],
      clusters: {
        faulty: {
          endpoints: [first.address, second.address],
          protocol: 'h2',
          limits: { connections: 6, streams: 8 },
          pool: { idle: '50ms', age: '300ms' },
        },
      },
    })
    const port = gateway.port()
    const work = Array.from({ length: 16 }, async (_, worker) => {
      for (let i = 0; i < 60; i++) {
        if (worker % 2 === 0) await askOnce(port, random)
        else {
          const session = connect(`http://127.0.0.1:${port}`)
          session.on('error', () => {})
          for (let call = 0; call < 3 && !session.closed; call++) await callOnce(session, random)
          session.destroy()
        }
      }
    })

    await Promise.all(work)
    const status = () => gateway.gateway.registry.describe()[0]
    await until(() => gateway.gateway.counts().requests === 0, 'no request is left')
    await until(() => status()?.connections === 0, 'no connection is left')

    const { activeRequests, activeRetries, pending, endpoints } = status() ?? {}
    assert.deepEqual([activeRequests, activeRetries, pending], [0, 0, 0])
    assert.deepEqual(
      endpoints?.map(({ active, connections, idle }) => [active, connections, idle]),
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    )
    await until(() => first.open.length + second.open.length === 0, 'no socket is left')
    assert.ok(gateway.outcomes.length > 1000)
    assert.ok(new Set(gateway.outcomes.map(({ reason }) => reason)).size > 4)
  })
})
