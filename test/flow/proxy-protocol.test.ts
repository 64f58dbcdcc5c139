import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { localHeader } from '../../src/wire/proxy-protocol/serialise.ts'
import { getRequest } from '../support/ask.ts'
import { startGateway } from '../support/gateway.ts'
import { addresses6, tlv, v1, v2 } from '../support/proxy-header.ts'
import { RawClient, status, until } from '../support/raw-client.ts'
import { TcpOrigin, TcpPeer } from '../support/tcp-peer.ts'

const origin = await TcpOrigin.start()
const address = '127.0.0.1:0'
const proxyProtocol = { from: ['127.0.0.1'] }
const gateway = await startGateway({
  listeners: [
    { name: 'http', address, proxyProtocol },
    { name: 'direct', address },
    { name: 'tcp', address, proxyProtocol, tcp: { to: 'v2' } },
    { name: 'tcp-v1', address, proxyProtocol, tcp: { to: 'v1' } },
  ],
  routes: [
    { hosts: ['v1.test'], to: 'v1' },
    { hosts: ['v2.test'], to: 'v2' },
    { hosts: ['off.test'], to: 'off' },
  ],
  clusters: {
    v1: { endpoints: [origin.address], proxyProtocol: 'v1' },
    v2: { endpoints: [origin.address], proxyProtocol: 'v2' },
    off: { endpoints: [origin.address] },
  },
})
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
const open = new Set<RawClient | TcpPeer>()

async function request(listener: string, host: string, header: Buffer = Buffer.alloc(0)): Promise<RawClient> {
  const client = await RawClient.connect(gateway.port(listener))
  open.add(client)
  client.send(Buffer.concat([header, Buffer.from(getRequest('/').replace('a.test', host))]))
  return client
}

describe('a PROXY header towards an endpoint', () => {
  after(async () => {
    for (const client of open) client[Symbol.dispose]()
    await gateway[Symbol.asyncDispose]()
    await origin[Symbol.asyncDispose]()
  })
  beforeEach(() => origin.forget())

  for (const [name, header, host, sent] of [
    ['v1 from v2', v2(), 'v1.test', v1()],
    ['v2 from v1', v1(), 'v2.test', v2()],
    [
      'v2 over IPv6',
      v1('TCP6 2001:db8::7 2001:db8::1 51234 443'),
      'v2.test',
      v2({ family: 0x21, addresses: addresses6 }),
    ],
    ['v2 without the TLVs that came', v2({ tlvs: [tlv(2, 'spoofed.test')] }), 'v2.test', v2()],
    ['none', v2(), 'off.test', Buffer.alloc(0)],
  ] as const) {
    test(`stands before a request, and tells whom the client’s named: ${name}`, async () => {
      await request('http', host, header)
      const peer = await origin.peer()
      await until(() => peer.text.includes('\r\n\r\n', sent.length), 'the request is here')

      assert.equal(peer.text.slice(0, sent.length + 16), `${sent.toString('latin1')}GET / HTTP/1.1\r\n`)
    })
  }

  test('tells the addresses of the socket when no header came', async () => {
    const client = await request('direct', 'v1.test')
    const peer = await origin.peer()
    await until(() => peer.text.includes('\r\n'), 'the header is here')

    assert.equal(
      peer.text.split('\r\n', 1)[0],
      `PROXY TCP4 127.0.0.1 127.0.0.1 ${client.socket.localPort} ${gateway.port('direct')}`,
    )
  })

  test('makes a connection of every request, which ends with the answer', async () => {
    origin.onPeer = (peer) => peer.send('')
    const client = await request('direct', 'v1.test')
    ;(await origin.peer(0)).send(ok)
    await client.response(0)
    client.send(getRequest('/2').replace('a.test', 'v1.test'))
    ;(await origin.peer(1)).send(ok)
    const second = await client.response(1)

    assert.deepEqual(
      [status(second), await (await origin.peer(0)).ended(), origin.peers.length],
      [200, 'fin', 2],
    )
    assert.match((await origin.peer(1)).text, /^PROXY TCP4 [^\r]*\r\nGET \/2 /)
  })

  for (const [listener, sent] of [
    ['tcp', v2()],
    ['tcp-v1', v1()],
  ] as const) {
    test(`stands before the bytes of a tunnel: ${listener}`, async () => {
      const client = await TcpPeer.connect(gateway.port(listener))
      open.add(client)
      client.send(Buffer.concat([v2({ tlvs: [tlv(2, 'a.test')] }), Buffer.from('hello')]))
      const peer = await origin.peer()
      await peer.heard(sent.length + 5)

      assert.equal(peer.text, `${sent.toString('latin1')}hello`)
    })
  }

  for (const version of ['v1', 'v2'] as const) {
    test(`of a health check says that it speaks for the gateway: ${version}`, async () => {
      const health = { path: '/healthy', interval: '1m' }
      await using checking = await startGateway({
        listeners: [{ name: 'idle', address }],
        routes: [{ to: 'checked' }],
        clusters: { checked: { endpoints: [origin.address], proxyProtocol: version, health } },
      })
      const peer = await origin.peer()
      await until(() => peer.text.includes('\r\n\r\n', 16), 'the check is here')

      assert.equal(peer.text.startsWith(`${localHeader(version).toString('latin1')}GET /healthy `), true)
      assert.equal(checking.defects.length, 0)
    })
  }

  test('is not sent over a connection that was made without one', async () => {
    const client = await request('direct', 'off.test')
    ;(await origin.peer(0)).send(ok)
    await client.response(0)
    await request('direct', 'v1.test')
    const peer = await origin.peer(1)
    await until(() => peer.text.includes('\r\n\r\n'), 'the request is here')

    assert.match(peer.text, /^PROXY TCP4 /)
  })
})
