import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { getRequest } from '../support/ask.ts'
import { startGateway } from '../support/gateway.ts'
import { value } from '../support/message-reader.ts'
import { faultsOf } from '../support/metric-values.ts'
import { answer, Origin } from '../support/origin.ts'
import { tlv, v1, v2 } from '../support/proxy-header.ts'
import { RawClient, status, until } from '../support/raw-client.ts'
import { TcpPeer } from '../support/tcp-peer.ts'

// Hardening §2.14, numbered in the order of its text.

const origin = await Origin.start({ onRequest: () => answer(200, 'ok') })
const address = '127.0.0.1:0'
const proxyProtocol = { from: ['127.0.0.0/8'] }
const gateway = await startGateway({
  listeners: [
    { name: 'in', address, proxyProtocol },
    { name: 'elsewhere', address, proxyProtocol: { from: ['10.0.0.0/8'] } },
    { name: 'off', address },
    { name: 'fast', address, proxyProtocol: { ...proxyProtocol, timeout: '200ms' } },
    { name: 'trusting', address, proxyProtocol, trustedProxies: ['192.0.2.0/24'] },
    { name: 'few', address, proxyProtocol, limits: { connectionsPerClient: 1 } },
  ],
  routes: [{ to: 'origin' }],
  clusters: { origin: { endpoints: [origin.address] } },
})

const faults = () => faultsOf(gateway.metrics, 'proxy_protocol')
const request = Buffer.from(getRequest('/t'), 'latin1')

/** What the origin hears of the client when these bytes come first. */
async function clientHeard(listener: string, first: Buffer): Promise<string | undefined> {
  using client = await RawClient.connect(gateway.port(listener))
  client.send(Buffer.concat([first, request]))
  assert.equal(status(await client.response()), 200)
  return value(origin.requests.at(-1)!, 'x-forwarded-for')
}

/** How a connection ends that starts with these bytes, and whether the origin heard of it. */
async function refused(listener: string, first: Buffer) {
  const before = faults()
  using client = await TcpPeer.connect(gateway.port(listener))
  if (client.socket.writable) client.send(first)
  const ended = await client.ended()
  await until(() => faults() > before, 'the fault is counted')
  return {
    ended,
    bytes: client.bytes,
    requests: origin.requests.length,
    counted: faults() - before,
  }
}

const closed = { ended: 'reset', bytes: 0, requests: 0, counted: 1 }
const local = { versionAndCommand: 0x20, family: 0, addresses: Buffer.alloc(0) }

describe('PROXY protocol', () => {
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await origin[Symbol.asyncDispose]()
  })
  beforeEach(() => origin.forget())

  for (const [id, name, bytes] of [
    ['Y01', 'no header', request],
    ['Y05', 'v1 of more than 107 bytes without CRLF', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(120)}`)],
    ['Y06', 'v1 with LF alone', Buffer.from('PROXY TCP4 203.0.113.7 192.0.2.1 51234 443\n')],
    ['Y07', 'v1 with a bad address', v1('TCP4 203.0.113.300 192.0.2.1 51234 443')],
    ['Y08', 'v1 with port 65536', v1('TCP4 203.0.113.7 192.0.2.1 65536 443')],
    ['Y09', 'v1 with a negative port', v1('TCP4 203.0.113.7 192.0.2.1 -5 443')],
    ['Y10', 'v1 with IPv6 in TCP4', v1('TCP4 2001:db8::7 2001:db8::1 51234 443')],
    ['Y12', 'v2 with a wrong last byte of the signature', v2().fill(0x0b, 11, 12)],
    ['Y13', 'v2 of version 1', v2({ versionAndCommand: 0x11 })],
    ['Y14', 'v2 with command 2', v2({ versionAndCommand: 0x22 })],
    ['Y17', 'v2 with a family and length 0', v2({ addresses: Buffer.alloc(0) })],
    ['Y18', 'v2 of length 65,535', v2({ length: 65_535 })],
    ['Y19', 'v2 that is shorter than its family needs', v2({ family: 0x21 })],
    ['Y20', 'v2 with a TLV behind its end', v2({ tlvs: [tlv(4, 'x', 500)] })],
    ['Y22', 'v2 with a wrong CRC32C', v2({ tlvs: [tlv(3, 'oops')] })],
    [
      'Y23',
      'v2 whose TLV SSL overflows inside',
      v2({ tlvs: [tlv(0x20, Buffer.concat([Buffer.alloc(5), tlv(0x21, 'TLSv1.3', 70)]))] }),
    ],
  ] as const) {
    test(`${id} closes a connection with ${name}, and counts it`, async () => {
      assert.deepEqual(await refused('in', Buffer.concat([bytes, request])), closed)
    })
  }

  for (const [id, name, bytes, client] of [
    ['Y04', 'v1 UNKNOWN', v1('UNKNOWN'), '127.0.0.1'],
    ['Y15', 'v2 LOCAL', v2(local), '127.0.0.1'],
    ['Y16', 'v2 without a family', v2({ ...local, versionAndCommand: 0x21 }), '127.0.0.1'],
    ['Y17', 'v2 LOCAL of length 0', v2({ ...local, family: 0x11 }), '127.0.0.1'],
    ['Y21', 'v2 with padding', v2({ tlvs: [tlv(4, Buffer.alloc(300))] }), '203.0.113.7'],
    ['Y21', 'v1', v1(), '203.0.113.7'],
  ] as const) {
    test(`${id} takes the client of ${name} to be ${client}`, async () => {
      assert.equal(await clientHeard('in', bytes), client)
    })
  }

  test('Y02 closes a connection from where no header is believed', async () => {
    assert.deepEqual(await refused('elsewhere', Buffer.concat([v1(), request])), closed)
  })

  for (const [name, bytes] of [
    ['v1', v1()],
    ['v2', v2()],
  ] as const) {
    test(`Y03 answers 400 to a ${name} header where none is expected`, async () => {
      using client = await RawClient.connect(gateway.port('off'))

      client.send(Buffer.concat([bytes, request]))

      assert.deepEqual([status(await client.response()), origin.requests.length], [400, 0])
    })

    test(`Y11 answers 400 to a second header, of ${name}`, async () => {
      using client = await RawClient.connect(gateway.port('in'))

      client.send(Buffer.concat([v1(), bytes, request]))

      assert.deepEqual([status(await client.response()), origin.requests.length], [400, 0])
    })
  }

  test('Y24 closes a connection whose header is not complete in time, however it drips', async () => {
    const before = faults()
    using client = await RawClient.connect(gateway.port('fast'))
    const dripping = setInterval(() => client.send(Buffer.from('P')), 50)

    client.send('PROXY UNKNOWN ')
    const ended = await client.ended()
    clearInterval(dripping)

    assert.deepEqual([ended, faults() - before], ['reset', 1])
  })

  test('Y24 closes a connection that says nothing', async () => {
    assert.deepEqual(await refused('fast', Buffer.alloc(0)), closed)
  })

  for (const spoofed of ['127.0.0.1', '169.254.169.254', '10.0.0.1']) {
    test(`Y25 a header that says ${spoofed} gains no trust`, async () => {
      const header = v1(`TCP4 ${spoofed} 192.0.2.1 51234 443`)
      using client = await RawClient.connect(gateway.port('trusting'))

      client.send(header)
      client.send(getRequest('/t', 'X-Forwarded-For: 198.51.100.1\r\n'))
      await client.response()

      assert.equal(value(origin.requests[0]!, 'x-forwarded-for'), spoofed)
    })
  }

  test('Y25 ::1 in a header gains no trust', async () => {
    assert.equal(await clientHeard('trusting', v1('TCP6 ::1 ::1 51234 443')), '::1')
  })

  test('Y25 a trusted proxy is one by the address in the header', async () => {
    using client = await RawClient.connect(gateway.port('trusting'))

    client.send(v1('TCP4 192.0.2.9 192.0.2.1 51234 443'))
    client.send(getRequest('/t', 'X-Forwarded-For: 198.51.100.1\r\n'))
    await client.response()

    assert.deepEqual(
      [value(origin.requests[0]!, 'x-forwarded-for'), gateway.outcomes.at(-1)?.clientAddress],
      ['198.51.100.1, 192.0.2.9', '198.51.100.1'],
    )
  })

  test('Y26 reads a header in two packets, the second with the request', async () => {
    for (const header of [v1(), v2({ tlvs: [tlv(2, 'a.test')] })]) {
      for (const cut of [1, 5, 11, 13, 16, header.length - 1]) {
        using client = await RawClient.connect(gateway.port('in'))
        await client.drip(Buffer.concat([header, request]), [cut])
        assert.equal(status(await client.response()), 200)
      }
    }
    assert.equal(origin.requests.length, 12)
  })

  test('Y26 reads a header and a request that come with the end of the connection', async () => {
    using client = await RawClient.connect(gateway.port('in'))

    client.send(Buffer.concat([v2(), request])).finish()

    assert.deepEqual([status(await client.response()), await client.ended()], [200, 'fin'])
  })

  test('Y26 serves further requests of the connection for the same client', async () => {
    using client = await RawClient.connect(gateway.port('in'))

    client.send(Buffer.concat([v2(), request]))
    await client.response(0)
    client.send(request)
    await client.response(1)

    assert.deepEqual(
      origin.requests.map((message) => value(message, 'x-forwarded-for')),
      ['203.0.113.7', '203.0.113.7'],
    )
  })

  test('limits connections by the client in the header', async () => {
    using first = await RawClient.connect(gateway.port('few'))
    using second = await RawClient.connect(gateway.port('few'))
    using third = await RawClient.connect(gateway.port('few'))
    first.send(Buffer.concat([v1(), request]))
    await first.response()

    second.send(v1())
    third.send(Buffer.concat([v1('TCP4 203.0.113.8 192.0.2.1 51234 443'), request]))

    assert.deepEqual([await second.ended(), status(await third.response())], ['reset', 200])
  })
})
