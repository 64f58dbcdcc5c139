import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { preface } from '../../src/wire/h2/protocol.ts'
import { H2Client, h2Body, pseudo } from '../support/h2-client.ts'
import { frame, plainGet, settingsPayload, u32 } from '../support/h2-frames.ts'
import { faultsOf } from '../support/metric-values.ts'
import { answer } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, until } from '../support/raw-client.ts'
import { fastLimits } from '../support/stage.ts'

const stage = await plainGateway({ listener: { limits: fastLimits } })
const { gateway, origin, port } = stage

describe('limits of an HTTP/2 connection', () => {
  after(() => stage[Symbol.asyncDispose]())
  beforeEach(() => {
    origin.forget()
    origin.script = {}
    gateway.outcomes.length = 0
  })

  for (const [name, ...sent] of [
    ['the preface alone', Buffer.from(preface)],
    [
      'half a HEADERS frame',
      Buffer.from(preface),
      frame(4, 0, 0),
      frame(4, 1, 0),
      frame(1, 5, 1, plainGet).subarray(0, 20),
    ],
    [
      'half a frame header',
      Buffer.from(preface),
      frame(4, 0, 0),
      frame(4, 1, 0),
      frame(6, 0, 0).subarray(0, 4),
    ],
    [
      'HEADERS without their end',
      Buffer.from(preface),
      frame(4, 0, 0),
      frame(4, 1, 0),
      frame(1, 1, 1, plainGet),
    ],
  ] as const) {
    test(`D11 ${name}: the connection ends`, async () => {
      using client = await H2Client.connect(port, { silent: 'yes' })

      client.send(...sent)

      assert.equal(await client.ended(), 'fin')
      assert.deepEqual(client.goaways, [[0, 'PROTOCOL_ERROR']])
      const outcome = await gateway.outcome()
      assert.deepEqual([outcome.reason, outcome.protocol], ['request_head_timeout', 'HTTP/2'])
    })
  }

  test('D11 a request without its body is answered 408, and dismissed', async () => {
    using client = await H2Client.connect(port)
    const id = client.id()

    client.head(id, [...pseudo('POST'), ['content-length', '9']], 'open')
    const got = await client.response(id)
    await until(() => got.reset !== undefined, 'the stream is reset')

    assert.deepEqual([got.status, got.reset], [408, 'NO_ERROR'])
    assert.equal((await gateway.outcome()).reason, 'request_body_timeout')
    assert.equal(client.state, 'open')
  })

  test('D11 a body that drips is answered 408', async () => {
    using client = await H2Client.connect(port)
    const id = client.id()
    client.head(id, pseudo('POST'), 'open')

    const drip = setInterval(() => client.body(id, 'x', 'open'), 20)
    const got = await client.response(id)
    clearInterval(drip)

    assert.equal(got.status, 408)
  })

  test('ends an idle connection with GOAWAY', async () => {
    using client = await H2Client.connect(port)

    const id = client.request(pseudo())
    assert.equal((await client.response(id)).status, 200)

    assert.equal(await client.ended(), 'fin')
    assert.deepEqual(client.goaways.at(-1), [1, 'NO_ERROR'])
  })

  test('D07 a stream whose window stays closed is reset, and the others go on', async () => {
    origin.script = {
      onRequest: ({ target }) => answer(200, target === '/large' ? 'x'.repeat(200_000) : 'small'),
    }
    using client = await H2Client.connect(port, { settings: [[4, 0]], credits: 'no' })

    const id = client.request(pseudo('GET', '/large'))
    const small = client.request(pseudo('GET', '/small'))
    client.send(frame(8, 0, small, u32(1000)))
    const got = await client.response(id)

    assert.deepEqual([got.status, got.reset], [200, 'CANCEL'])
    assert.equal(h2Body(await client.response(small)), 'small')
    assert.deepEqual(gateway.outcomes.find(({ path }) => path === '/large')?.reason, 'write_stalled')
  })

  test('D09 a window opened byte by byte is as good as closed', async () => {
    origin.script = { onRequest: () => answer(200, 'x'.repeat(200_000)) }
    using client = await H2Client.connect(port, { settings: [[4, 0]], credits: 'no' })

    const id = client.request(pseudo())
    const dribble = setInterval(() => client.send(frame(8, 0, id, u32(1))), 5)
    const got = await client.response(id)
    clearInterval(dribble)

    assert.equal(got.reset, 'CANCEL')
  })

  test('a client that reads nothing is cut off', async () => {
    origin.script = { onRequest: () => answer(200, 'x'.repeat(30_000_000)) }
    using client = await H2Client.connect(port, { settings: [[4, 0x7fff_ffff]], credits: 'no' })
    client.send(frame(8, 0, 0, u32(0x7fff_0000)))

    client.request(pseudo())
    await until(() => client.answers.size > 0, 'the answer begins')
    client.socket.pause()

    assert.equal((await gateway.outcome()).reason, 'write_stalled')
    client.socket.resume()
    assert.equal(await client.ended(), 'reset')
  })

  test('counts and logs connections that end by a fault', async () => {
    const before = faultsOf(gateway.metrics, 'bad_http2')
    using client = await H2Client.connect(port)

    client.send(frame(6, 0, 1, '12345678'))

    assert.equal(await client.ended(), 'fin')
    assert.equal(faultsOf(gateway.metrics, 'bad_http2'), before + 1)
    assert.match((await gateway.outcome()).detail, /PING on the wrong stream/)
  })

  test('logs requests that end with their connection under its reason', async () => {
    origin.script = { onRequest: () => [] }
    using client = await H2Client.connect(port)
    client.request(pseudo())
    await until(() => origin.requests.length === 1, 'the origin has it')

    client.send(frame(6, 0, 1, '12345678'))

    assert.equal((await gateway.outcome()).reason, 'bad_http2')
    await until(() => origin.connections[0]?.state !== 'open', 'the upstream connection ends')
  })
})

describe('settings of listeners', () => {
  test('D10 streams beyond the limit are refused, and may be sent again', async () => {
    await using small = await plainGateway({ listener: { http2: { streams: 3 } } })
    small.origin.script = { onRequest: () => [] }
    using client = await H2Client.connect(small.port)
    await until(
      () => client.frames.some(({ type, flags }) => type === 4 && flags === 1),
      'settings are settled',
    )

    const ids = [1, 2, 3, 4].map(() => client.request(pseudo()))

    assert.equal((await client.response(ids[3] ?? 0)).reset, 'REFUSED_STREAM')
    await until(() => small.origin.requests.length === 3, 'three are under way')
  })

  test('D10 the last request that a connection may bring is followed by GOAWAY', async () => {
    await using small = await plainGateway({ listener: { limits: { requestsPerConnection: 2 } } })
    using client = await H2Client.connect(small.port)

    await client.response(client.request(pseudo()))
    assert.deepEqual(client.goaways, [])
    await client.response(client.request(pseudo()))

    assert.equal(await client.ended(), 'fin')
    assert.deepEqual(client.goaways, [
      [0x7fff_ffff, 'NO_ERROR'],
      [3, 'NO_ERROR'],
    ])
  })

  test('h2c: off refuses the preface as HTTP/1.1 always did', async () => {
    await using plain = await plainGateway({ listener: { h2c: 'off' } })
    using client = await RawClient.connect(plain.port)

    client.send(preface)

    assert.match((await client.response()).startLine, /^HTTP\/1.1 (400|505) /)
  })

  test('the preface behind a request is no beginning', async () => {
    await using plain = await plainGateway()
    using client = await RawClient.connect(plain.port)

    client.send('GET / HTTP/1.1\r\nhost: a.test\r\n\r\n')
    await client.response(0)
    client.send(preface)

    assert.match((await client.response(1)).startLine, /^HTTP\/1.1 (400|505) /)
  })

  test('the preface may come byte by byte', async () => {
    await using plain = await plainGateway()
    using client = await H2Client.connect(plain.port, { silent: 'yes' })
    for (const byte of Buffer.concat([Buffer.from(preface), frame(4, 0, 0, settingsPayload([2, 0]))])) {
      client.send(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }

    assert.equal((await client.response(client.request(pseudo()))).status, 200)
  })
})

describe('a drain', () => {
  test('D12 lets streams end, takes those on their way, and closes', async () => {
    await using plain = await plainGateway()
    let finish: (() => void) | undefined
    const slow = new Promise<void>((resolve) => {
      finish = resolve
    })
    plain.origin.script = { onRequest: () => [slow, answer(200, 'late')] }
    using client = await H2Client.connect(plain.port)
    const first = client.request(pseudo())
    await until(() => plain.origin.requests.length === 1, 'the origin has it')

    const drained = plain.gateway.gateway.drain({ delayMs: 0, timeoutMs: 8000 })
    const second = client.request(pseudo())
    await until(() => client.goaways.length === 2, 'the last stream is named')
    finish?.()

    assert.deepEqual(
      [h2Body(await client.response(first)), h2Body(await client.response(second))],
      ['late', 'late'],
    )
    assert.deepEqual(client.goaways, [
      [0x7fff_ffff, 'NO_ERROR'],
      [3, 'NO_ERROR'],
    ])
    assert.equal(await client.ended(), 'fin')
    await drained
  })
})
