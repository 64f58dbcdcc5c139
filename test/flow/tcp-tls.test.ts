import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo } from 'node:net'
import { after, beforeEach, describe, test } from 'node:test'
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls'
import { issue, makeCa } from '../support/certificates.ts'
import { testFolder } from '../support/folder.ts'
import { startGateway } from '../support/gateway.ts'
import { tlv, v1, v2 } from '../support/proxy-header.ts'
import { until } from '../support/raw-client.ts'
import { TcpOrigin, TcpPeer } from '../support/tcp-peer.ts'

const ca = makeCa()
const made = issue(ca, { altNames: ['DNS:a.test', 'DNS:passed.test'] })
const folder = testFolder()
const files = { cert: folder.write('a.pem', made.pem), key: folder.write('a.key', made.keyPem) }
const caFile = folder.write('ca.pem', ca.pem)

const origin = await TcpOrigin.start()
const secure = createServer({ cert: made.pem, key: made.keyPem, allowHalfOpen: true })
const securePeers: TcpPeer[] = []
secure.on('secureConnection', (socket) => securePeers.push(new TcpPeer(socket)))
secure.on('tlsClientError', () => {})
secure.listen(0, '127.0.0.1')
await once(secure, 'listening')
const secureAddress = `127.0.0.1:${(secure.address() as AddressInfo).port}`

const address = '127.0.0.1:0'
const tls = { certificates: [files], passthrough: [{ names: ['passed.test'], to: 'passed' }] }
const gateway = await startGateway({
  listeners: [
    { name: 'terminated', address, tls, tcp: { to: 'plain' } },
    { name: 'told', address, tls, tcp: { to: 'told' }, proxyProtocol: { from: ['127.0.0.1'] } },
    { name: 'outward', address, tcp: { to: 'secure' } },
    { name: 'both', address, tls, tcp: { to: 'secure' } },
  ],
  clusters: {
    plain: { endpoints: [origin.address] },
    told: { endpoints: [origin.address], proxyProtocol: 'v2' },
    passed: { endpoints: [secureAddress] },
    secure: { endpoints: [secureAddress], tls: { ca: caFile, serverName: 'a.test' } },
  },
})
const open = new Set<TcpPeer>()

/** A client that has made its handshake; it says `header` in front of it. */
async function dialTls(
  listener: string,
  servername = 'a.test',
  header: Buffer = Buffer.alloc(0),
): Promise<TcpPeer> {
  const below = await TcpPeer.connect(gateway.port(listener))
  below.socket.removeAllListeners('data')
  below.socket.pause()
  if (header.length > 0) below.send(header)
  const options = { socket: below.socket, servername, ca: ca.pem, allowHalfOpen: true }
  const socket: TLSSocket = connectTls(options)
  const client = new TcpPeer(socket)
  open.add(client)
  await once(socket, 'secureConnect')
  return client
}

async function securePeer(index = 0): Promise<TcpPeer> {
  await until(() => securePeers.length > index, 'the handshake with the endpoint')
  return securePeers[index] as TcpPeer
}

const megabytes = Buffer.alloc(8 << 20, 'x')

describe('a tunnel and TLS', () => {
  after(async () => {
    for (const client of open) client.socket.destroy()
    await gateway[Symbol.asyncDispose]()
    await origin[Symbol.asyncDispose]()
    for (const peer of securePeers) peer.socket.destroy()
    secure.close()
    folder[Symbol.dispose]()
  })
  beforeEach(async () => {
    for (const client of open) client.socket.destroy()
    open.clear()
    origin.forget()
    for (const peer of securePeers.splice(0)) peer.socket.destroy()
    await until(() => gateway.gateway.counts().connections === 0, 'no connection is left')
    gateway.outcomes.length = 0
  })

  test('hands on what TLS carried, both ways, and the ends', async () => {
    const client = await dialTls('terminated')
    client.send('ask').finish()
    const server = await origin.peer()
    const ended = await server.ended()
    server.send('answer').finish()

    assert.deepEqual([ended, server.text, await client.ended(), client.text], ['fin', 'ask', 'fin', 'answer'])
  })

  test('names scheme and server name in its outcome', async () => {
    const client = await dialTls('terminated')
    client.finish()
    ;(await origin.peer()).finish()

    const { protocol, scheme, host, reason } = await gateway.outcome()

    assert.deepEqual([protocol, scheme, host, reason], ['TCP', 'tls', 'a.test', undefined])
  })

  test('breaks the client off when the server resets', async () => {
    const client = await dialTls('terminated')
    client.send('x')
    const server = await origin.peer()
    await server.heard(1)

    server.reset()

    assert.deepEqual([await client.ended(), (await gateway.outcome()).reason], ['reset', 'upstream_reset'])
  })

  for (const listener of ['terminated', 'both'] as const) {
    test(`carries megabytes both ways at once: ${listener}`, async () => {
      const client = await dialTls(listener)
      const server = listener === 'both' ? await securePeer() : await origin.peer()

      client.send(megabytes).finish()
      server.send(megabytes).finish()
      await Promise.all([client.ended(), server.ended()])

      assert.deepEqual([client.bytes, server.bytes], [megabytes.length, megabytes.length])
    })
  }

  for (const listener of ['terminated', 'both'] as const) {
    test(`changes no byte for peers that read haltingly: ${listener}`, async () => {
      const client = await dialTls(listener)
      const server = listener === 'both' ? await securePeer() : await origin.peer()
      const [up, down] = [randomBytes(6_000_001), randomBytes(5_000_003)]

      client.send(up).finish()
      for (let at = 0; at < down.length; at += 70_001) server.send(down.subarray(at, at + 70_001))
      server.finish()
      await Promise.all([client.readHaltingly(), server.readHaltingly()])

      const digests = [up, down].map((bytes) => createHash('sha256').update(bytes).digest('hex'))
      assert.deepEqual([server.digest(), client.digest()], digests)
    })
  }

  test('holds a server back whose client does not read, and goes on with it', async () => {
    const client = await dialTls('terminated')
    const server = await origin.peer()
    client.socket.pause()
    server.send(megabytes).send(megabytes).finish()
    await until(() => server.socket.writableLength > 0, 'the server waits')

    client.socket.resume()
    await client.ended()

    assert.equal(client.bytes, 2 * megabytes.length)
  })

  test('connects by TLS where the cluster says so', async () => {
    const client = await TcpPeer.connect(gateway.port('outward'))
    open.add(client)
    client.send('ask').finish()
    const server = await securePeer()
    const ended = await server.ended()
    server.send('answer').finish()

    assert.deepEqual([ended, server.text, await client.ended(), client.text], ['fin', 'ask', 'fin', 'answer'])
  })

  test('hands TLS on unread to the cluster of its server name', async () => {
    const client = await dialTls('terminated', 'passed.test')
    const server = await securePeer()
    client.send('through')

    assert.deepEqual([await server.heard(7), origin.peers.length], ['through', 0])
    client.finish()
    server.finish()
    const { host, scheme, cluster, reason } = await gateway.outcome()
    assert.deepEqual([host, scheme, cluster, reason], ['passed.test', 'tls', 'passed', undefined])
  })

  for (const [name, header] of [
    ['v1', v1()],
    ['v2', v2({ tlvs: [tlv(2, 'spoofed.test'), tlv(1, 'spoofed')] })],
  ] as const) {
    test(`reads a ${name} header in front of the handshake, and tells the endpoint of client and server name`, async () => {
      const client = await dialTls('told', 'a.test', header)
      client.send('hello')
      const sent = v2({ tlvs: [tlv(2, 'a.test')] })
      const server = await origin.peer()
      await server.heard(sent.length + 5)

      assert.equal(server.text, `${sent.toString('latin1')}hello`)
    })
  }
})
