import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import { startGateway } from '../support/gateway.ts'
import { value } from '../support/message-reader.ts'
import { answer, Origin } from '../support/origin.ts'
import { RawClient, status, until } from '../support/raw-client.ts'
import { agreementTo, headOf, openRawTunnel } from '../support/raw-tunnel.ts'
import { TcpOrigin, TcpPeer } from '../support/tcp-peer.ts'
import { agreement, handshake, sampleKey } from '../support/websocket.ts'

// Catalogue 2.6, the rows about websockets over HTTP/1.1: U05–U07, U09, U12, U13. RFC 6455 §4, RFC 9110 §7.8.

const origin = await Origin.start()
const raw = await TcpOrigin.start()
const gateway = await startGateway({
  listeners: [{ name: 'web', address: '127.0.0.1:0' }],
  routes: [
    { hosts: ['a.test'], to: 'origin' },
    { hosts: ['a.test'], path: '/raw', to: 'raw' },
    { hosts: ['a.test'], path: '/idle', to: 'raw', upgrade: { idle: '200ms' } },
    { hosts: ['a.test'], path: '/old', to: 'raw', upgrade: { age: '200ms' } },
    { hosts: ['a.test'], path: '/closed', to: 'origin', upgrade: { protocols: [] } },
    { hosts: ['a.test'], path: '/spdy', to: 'origin', upgrade: { protocols: ['spdy/3.1'] } },
    { hosts: ['a.test'], path: '/shop', to: 'origin', upgrade: { origins: ['https://shop.test'] } },
  ],
  clusters: { origin: { endpoints: [origin.address] }, raw: { endpoints: [raw.address] } },
})
const port = gateway.port()
const canary = 'GET /smug HTTP/1.1\r\nHost: a.test\r\n\r\n'

after(async () => {
  await gateway[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
  await raw[Symbol.asyncDispose]()
})
beforeEach(() => {
  origin.script = { onRequest: (request) => agreement(request) }
  origin.forget()
})
afterEach(async () => {
  raw.forget()
  await until(() => gateway.gateway.counts().tunnels === 0, 'every tunnel is over')
})

function targets(): string[] {
  return origin.requests.map(({ target }) => target)
}

/** Everything the origin was sent behind the head of its first request. */
function behindFirst(): string {
  const all = origin.connections.map(({ pieces }) => Buffer.concat(pieces).toString('latin1')).join('')
  return all.slice(all.indexOf('\r\n\r\n') + 4)
}

describe('a websocket handshake with a canary in the same packet', () => {
  const accept = 'sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n'
  const change = 'upgrade: websocket\r\nconnection: upgrade\r\n'
  const answers: readonly [what: string, answer: string, status: number][] = [
    ['200', answer(200, 'no'), 200],
    ['400', answer(400, 'no'), 400],
    ['426', answer(426, 'no', 'sec-websocket-version: 13\r\n'), 426],
    ['200 that looks like a change', answer(200, 'no', change + accept), 200],
    ['101 without upgrade', `HTTP/1.1 101 S\r\nconnection: upgrade\r\n${accept}\r\n`, 502],
    ['101 without connection', `HTTP/1.1 101 S\r\nupgrade: websocket\r\n${accept}\r\n`, 502],
    ['101 to something else', `HTTP/1.1 101 S\r\nupgrade: foo\r\nconnection: upgrade\r\n${accept}\r\n`, 502],
    ['101 without accept', `HTTP/1.1 101 S\r\n${change}\r\n`, 502],
    ['101 with a wrong accept', `HTTP/1.1 101 S\r\n${change}sec-websocket-accept: AAAA\r\n\r\n`, 502],
    ['101 of HTTP/1.0', `HTTP/1.0 101 S\r\n${change}${accept}\r\n`, 502],
    ['101 with two accepts', `HTTP/1.1 101 S\r\n${change}${accept}${accept}\r\n`, 502],
  ]
  for (const [what, text, expected] of answers) {
    test(`U05 answered by ${what} ends in ${expected}, and the canary goes nowhere`, async () => {
      origin.script = { onRequest: () => text }
      using client = await RawClient.connect(port)

      const response = await client.send(handshake() + canary).response(0)
      const end = await client.ended()

      assert.deepEqual([status(response), end, client.responses.length], [expected, 'fin', 1])
      assert.deepEqual([targets(), behindFirst()], [['/ws'], ''])
    })
  }

  test('U05 that is answered rightly sends it through the tunnel as bytes', async () => {
    using client = await TcpPeer.connect(port)
    client.send(handshake('/raw') + canary)
    const endpoint = await raw.peer()
    const head = await headOf(endpoint)
    const before = endpoint.text.length
    endpoint.send(agreementTo(head))
    await endpoint.heard(before + canary.length)

    assert.equal(endpoint.text, head + canary)
  })
})

describe('bytes before the answer', () => {
  test('U06 are held up to 64 KiB, and the client then waits', async () => {
    using client = await TcpPeer.connect(port)
    client.send(handshake('/raw'))
    const endpoint = await raw.peer()
    const head = await headOf(endpoint)
    const flood = Buffer.alloc(32 * 1024 * 1024, 'x')
    let taken = false
    client.socket.write(flood, () => (taken = true))
    // The gateway has had many turns to read as much as it wants.
    for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve))
    const early = [taken, endpoint.text === head, gateway.gateway.counts().tunnels]
    endpoint.send(agreementTo(head))
    await endpoint.heard(head.length + flood.length)

    assert.deepEqual(early, [false, true, 0])
    assert.equal(endpoint.bytes, head.length + flood.length)
  })
})

describe('a handshake', () => {
  const lines = (over: Record<string, string | undefined>): string =>
    Object.entries({
      Host: 'a.test',
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': sampleKey,
      'Sec-WebSocket-Version': '13',
      ...over,
    })
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => `${name}: ${field}\r\n`)
      .join('')
  const refusals: readonly [what: string, head: string, status: number][] = [
    ['without a key', `GET /ws HTTP/1.1\r\n${lines({ 'Sec-WebSocket-Key': undefined })}`, 400],
    ['with an empty key', `GET /ws HTTP/1.1\r\n${lines({ 'Sec-WebSocket-Key': '' })}`, 400],
    [
      'with a key of 15 bytes',
      `GET /ws HTTP/1.1\r\n${lines({ 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25j' })}`,
      400,
    ],
    ['with two keys', `GET /ws HTTP/1.1\r\n${lines({})}Sec-WebSocket-Key: ${sampleKey}\r\n`, 400],
    [
      'with a key that is no base64',
      `GET /ws HTTP/1.1\r\n${lines({ 'Sec-WebSocket-Key': 'not base64 of sixteen bytes' })}`,
      400,
    ],
    ['of version 12', `GET /ws HTTP/1.1\r\n${lines({ 'Sec-WebSocket-Version': '12' })}`, 426],
    ['of version 99', `GET /ws HTTP/1.1\r\n${lines({ 'Sec-WebSocket-Version': '99' })}`, 426],
    ['of no version', `GET /ws HTTP/1.1\r\n${lines({ 'Sec-WebSocket-Version': undefined })}`, 426],
    ['of two versions', `GET /ws HTTP/1.1\r\n${lines({ 'Sec-WebSocket-Version': '13, 8' })}`, 426],
    ['by POST', `POST /ws HTTP/1.1\r\n${lines({ 'Content-Length': '0' })}`, 400],
    ['with a body', `GET /ws HTTP/1.1\r\n${lines({ 'Content-Length': '5' })}`, 400],
  ]
  for (const [what, head, expected] of refusals) {
    test(`U07 ${what} is refused with ${expected} and reaches nobody`, async () => {
      using client = await RawClient.connect(port)

      const response = await client.send(`${head}\r\n${canary}`).response(0)
      const end = await client.ended()

      assert.deepEqual([status(response), end, targets()], [expected, 'fin', []])
      assert.equal(value(response, 'sec-websocket-version'), expected === 426 ? '13' : undefined)
    })
  }

  for (const [what, head] of [
    ['of HTTP/1.0', `GET /plain HTTP/1.0\r\n${lines({})}`],
    ['that Connection does not name', `GET /plain HTTP/1.1\r\n${lines({ Connection: undefined })}`],
    ['on a route that lets nothing leave', `GET /closed HTTP/1.1\r\n${lines({})}`],
    ['on a route that lists another protocol', `GET /spdy HTTP/1.1\r\n${lines({})}`],
  ] as const) {
    test(`U07 ${what} goes on as a plain request`, async () => {
      origin.script = { onRequest: () => answer(200, 'plain') }
      using client = await RawClient.connect(port)

      const response = await client.send(`${head}\r\n`).response(0)

      assert.equal(status(response), 200)
      assert.deepEqual(
        origin.requests.map((request) => [value(request, 'upgrade'), value(request, 'connection')]),
        [[undefined, undefined]],
      )
    })
  }

  for (const [what, field, expected] of [
    ['from a listed origin', 'Origin: https://shop.test\r\n', 101],
    ['from a listed origin in capitals', 'Origin: HTTPS://Shop.test\r\n', 101],
    ['from another origin', 'Origin: https://evil.test\r\n', 403],
    ['from an origin that begins like a listed one', 'Origin: https://shop.test.evil.test\r\n', 403],
    ['from a listed origin and another', 'Origin: https://shop.test\r\nOrigin: https://evil.test\r\n', 403],
    ['from no origin', '', 403],
    ['from an opaque origin', 'Origin: null\r\n', 403],
  ] as const) {
    test(`U09 ${what} gets ${expected}`, async () => {
      using client = await RawClient.connect(port)
      client.send(handshake('/shop', field))

      const response = await client.message(({ startLine }) => startLine !== '')

      assert.deepEqual([status(response), targets().length], [expected, expected === 101 ? 1 : 0])
    })
  }

  test('U07 asks the endpoint with the very key, version, protocols and extensions of the client', async () => {
    using client = await RawClient.connect(port)
    const own =
      'Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n'
    client.send(handshake('/ws', own))

    await client.message(({ startLine }) => startLine !== '')

    const names = ['key', 'version', 'protocol', 'extensions'].map((name) => `sec-websocket-${name}`)
    assert.deepEqual(
      names.concat('upgrade', 'connection').map((name) => value(origin.requests[0] as never, name)),
      [
        sampleKey,
        '13',
        'chat, superchat',
        'permessage-deflate; client_max_window_bits',
        'websocket',
        'upgrade',
      ],
    )
  })

  test('carries another protocol where the route lists it', async () => {
    const change = 'upgrade: SPDY/3.1\r\nconnection: upgrade\r\n'
    origin.script = { onRequest: () => `HTTP/1.1 101 S\r\n${change}\r\nfirst bytes` }
    using client = await RawClient.connect(port)
    client.send(
      `POST /spdy HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\nUpgrade: SPDY/3.1\r\nConnection: Upgrade\r\n\r\n`,
    )

    await until(() => client.received.toString('latin1').endsWith('first bytes'), 'the bytes are heard')

    assert.match(client.received.toString('latin1'), /^HTTP\/1.1 101 .*\r\nupgrade: spdy\/3.1\r\n/s)
  })
})

describe('an open tunnel', () => {
  for (const [what, hex] of [
    ['an unmasked frame', '8105 68656c6c6f'],
    ['a length of 2^63', '82ff 8000000000000000 00000000 aa'],
    ['RSV bits', 'f180 01020304'],
    ['an unknown opcode', '8b80 01020304'],
    ['a fragmented ping', '0980 01020304'],
    ['a ping of 64 KiB', '89ff 0000000000010000 01020304 aabbcc'],
    ['fragments without a first one', '0080 01020304 0080 01020304'],
  ] as const) {
    test(`U12 lets ${what} pass, for the other end to judge`, async () => {
      using tunnel = await openRawTunnel(port, raw, '/raw')
      const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')

      tunnel.client.send(bytes)
      tunnel.endpoint.send(bytes)
      await until(
        () => tunnel.endpointText().length + tunnel.clientText().length === 2 * bytes.length,
        'all is heard',
      )

      assert.deepEqual(
        [tunnel.endpointText(), tunnel.clientText()],
        [bytes.toString('latin1'), bytes.toString('latin1')],
      )
    })
  }

  const close = Buffer.from('880203e9', 'hex').toString('latin1')
  const closeOfClient = Buffer.from('888200000000 03e9'.replace(' ', ''), 'hex')

  for (const [what, target, reason] of [
    ['when nothing passes it for too long', '/idle', 'tunnel_idle'],
    ['when it is too old', '/old', 'tunnel_age'],
  ] as const) {
    test(`U13 is closed with 1001 ${what}, and both ends take part`, async () => {
      const index = gateway.outcomes.length
      using tunnel = await openRawTunnel(port, raw, target)
      const { client, endpoint } = tunnel

      await until(() => tunnel.clientText() === close, 'the client hears a Close')
      client.send(closeOfClient)
      await until(() => tunnel.endpointText().length === closeOfClient.length, 'the endpoint hears a Close')
      endpoint.send('nothing may follow a Close').finish()
      const ends = [await client.ended()]
      client.finish()
      ends.push(await endpoint.ended())
      const outcome = await gateway.outcome(index)

      assert.deepEqual([ends, tunnel.clientText()], [['fin', 'fin'], close])
      assert.equal(tunnel.endpointText(), closeOfClient.toString('latin1'))
      assert.deepEqual([outcome.status, outcome.reason], [101, reason])
    })
  }

  test('U13 that is idle ends although neither end takes part, with a Close for both', async () => {
    const index = gateway.outcomes.length
    using tunnel = await openRawTunnel(port, raw, '/idle')

    const ends = [await tunnel.client.ended(), await tunnel.endpoint.ended()]
    const outcome = await gateway.outcome(index)

    assert.deepEqual([ends, tunnel.clientText()], [['fin', 'fin'], close])
    assert.match(Buffer.from(tunnel.endpointText(), 'latin1').toString('hex'), /^8882.{12}$/)
    assert.equal(outcome.reason, 'tunnel_idle')
  })

  test('U13 stays open while bytes pass, one way or the other', async () => {
    using tunnel = await openRawTunnel(port, raw, '/idle')
    const started = performance.now()

    while (performance.now() - started < 700) {
      const before = tunnel.client.bytes
      tunnel.endpoint.send('x')
      await tunnel.client.heard(before + 1)
    }

    assert.equal(tunnel.clientText().replaceAll('x', ''), '')
  })
})
