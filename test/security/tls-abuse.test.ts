import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, describe, test } from 'node:test'
import { makeCa, serverCertificate } from '../support/certificates.ts'
import { helloBytes, nodeHello } from '../support/client-hello.ts'
import { faultsOf } from '../support/metric-values.ts'
import { patienceMs, RawClient, until, within } from '../support/raw-client.ts'
import { certificateFiles, secureClient, tlsGateway, visit } from '../support/tls-gateway.ts'
import { contentTypes, recordClient } from '../support/tls-records.ts'

// The catalogue's rows L08 to L11 and what belongs to them: clients that break TLS, or use it up, through the whole gateway.

const ca = makeCa()
const files = certificateFiles()
const certificates = [files.pair('main', serverCertificate(ca, ['a.test']))]
const gateway = await tlsGateway({ certificates })
const { port } = gateway
const hasty = await tlsGateway({ certificates, handshakeTimeout: '200ms' })

after(async () => {
  await hasty[Symbol.asyncDispose]()
  await gateway[Symbol.asyncDispose]()
  files[Symbol.dispose]()
})

const named = { servername: 'a.test' } as const

/** How many requests another client gets answered, while something goes on. */
async function othersAreServed(): Promise<void> {
  assert.equal((await visit(port, named)).status, 200)
}

describe('renegotiation', () => {
  for (const times of [1, 100]) {
    test(`L08 of TLS 1.2 is refused, asked for ${times} times`, async () => {
      const client = await secureClient(port, { ...named, maxVersion: 'TLSv1.2' })
      const errors: string[] = []
      let renewed = 0
      client.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? ''))
      const closed = new Promise((resolve) => client.once('close', resolve))
      client.resume()

      for (let i = 0; i < times && !client.destroyed; i++) {
        client.renegotiate({}, (error) => {
          if (error === null) renewed++
        })
        await new Promise((resolve) => setImmediate(resolve))
      }
      client.end()

      await within(closed, 'the end of the connection')
      assert.equal(renewed, 0)
      assert.equal(errors[0], 'ERR_SSL_NO_RENEGOTIATION')
      await othersAreServed()
    })
  }
})

describe('a hello works', () => {
  for (const size of [1, 3, 7, 100]) {
    test(`L09 in segments of ${size} bytes`, async () => {
      using client = await RawClient.connect(port)
      const hello = await nodeHello(named)
      const cuts = Array.from({ length: Math.ceil(hello.length / size) - 1 }, (_, i) => (i + 1) * size)

      await client.drip(hello, cuts)

      // A ServerHello follows.
      await until(() => client.received.length > 5, 'an answer')
      assert.equal(client.received[0], contentTypes.handshake)
    })
  }

  test('L09 with 2,000 ciphers and a key share that is not ours: a clean alert', async () => {
    using client = await RawClient.connect(port)
    client.send(
      helloBytes({ names: ['a.test'], ciphers: Array.from({ length: 2000 }, (_, i) => i + 0x5000) }),
    )

    await client.ended()

    assert.equal(client.received[0], contentTypes.alert)
  })
})

describe('what is no TLS', () => {
  test('is told so when it is HTTP', async () => {
    using client = await RawClient.connect(port)
    const before = faultsOf(gateway.gateway.metrics, 'tls_hello')
    client.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')

    const response = await client.response()

    assert.equal(response.startLine, 'HTTP/1.1 400 Bad Request')
    assert.equal(await client.ended(), 'fin')
    assert.equal(faultsOf(gateway.gateway.metrics, 'tls_hello'), before + 1)
  })

  test('is closed without a word otherwise', async () => {
    using client = await RawClient.connect(port)
    client.send('ssh-2.0-x\r\n')

    await client.ended()

    assert.equal(client.received.length, 0)
  })
})

describe('early data', () => {
  test('L10 is not offered: tickets allow none', async () => {
    const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'a.test', '-tls1_3', '-ign_eof']
    const client = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'ignore'] })
    let shown = ''
    client.stdout.on('data', (data: Buffer) => {
      shown += data.toString()
    })

    client.stdin.end('GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
    await within(once(client, 'exit'), 'the client ends')

    assert.match(shown, /Max Early Data: 0/)
    assert.doesNotMatch(shown, /Max Early Data: [1-9]/)
  })
})

describe('a client that sends', () => {
  const floods: readonly { say: string; type: number; content: Buffer }[] = [
    { say: 'warnings', type: contentTypes.alert, content: Buffer.from([1, 90]) },
    { say: 'unknown alerts', type: contentTypes.alert, content: Buffer.from([1, 200]) },
    { say: 'empty records', type: contentTypes.data, content: Buffer.alloc(0) },
    { say: 'messages of a handshake', type: contentTypes.handshake, content: Buffer.from([1, 0, 0, 0]) },
  ]
  for (const { say, type, content } of floods) {
    test(`L11 ${say} is cut off`, async () => {
      using client = await recordClient(port, named)
      const ended = once(client.socket, 'close')
      client.socket.resume()

      client.socket.write(Buffer.concat(Array.from({ length: 1000 }, () => client.record(type, content))))

      await within(ended, 'the connection is closed')
      await othersAreServed()
    })
  }

  for (const answer of ['not wanted', 'wanted'] as const) {
    test(`L11 KeyUpdates without end, answers ${answer}, is cut off while others are served`, async () => {
      using client = await recordClient(port, named)
      const before = faultsOf(gateway.gateway.metrics, 'tls_flood')
      client.socket.resume()
      const end = performance.now() + patienceMs

      let sent = 0
      while (!client.socket.closed && performance.now() < end) {
        for (let i = 0; i < 50; i++, sent++) client.socket.write(client.keyUpdate(answer))
        await new Promise((resolve) => setImmediate(resolve))
      }

      assert.equal(client.socket.closed, true, `${sent} KeyUpdates`)
      await until(() => faultsOf(gateway.gateway.metrics, 'tls_flood') > before, 'it is counted')
      await othersAreServed()
    })
  }

  test('L11 requests in records of one byte each is served', async () => {
    using client = await recordClient(port, named)
    const received: Buffer[] = []
    client.socket.on('data', (data: Buffer) => received.push(data))
    const before = gateway.gateway.outcomes.length

    for (const byte of Buffer.from('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')) {
      client.socket.write(client.record(contentTypes.data, Buffer.from([byte])))
    }

    assert.equal((await gateway.gateway.outcome(before)).status, 200)
  })
})

describe('a handshake that does not finish is ended', () => {
  test('S01 behind the hello', async () => {
    const { port: there, gateway: its } = hasty
    using client = await RawClient.connect(there)
    client.send(await nodeHello(named))

    await client.ended()

    assert.equal(client.received[0], contentTypes.handshake)
    assert.equal(faultsOf(its.metrics, 'tls_timeout'), 1)
  })

  for (const [say, bytes] of [
    ['nothing', 0],
    ['half a hello', 100],
  ] as const) {
    test(`S01 with ${say}`, async () => {
      const { port: there, gateway: its } = hasty
      const before = faultsOf(its.metrics, 'tls_timeout')
      using client = await RawClient.connect(there)
      client.send((await nodeHello(named)).subarray(0, bytes))

      await client.ended()

      assert.equal(client.received.length, 0)
      assert.equal(faultsOf(its.metrics, 'tls_timeout'), before + 1)
    })
  }

  for (const [say, bytes] of [
    ['half a hello', 100],
    ['its hello', 5000],
  ] as const) {
    test(`at once when the client ends its side behind ${say}`, async () => {
      const before = faultsOf(gateway.gateway.metrics, 'client_closed')
      using client = await RawClient.connect(port)
      client.send((await nodeHello(named)).subarray(0, bytes))

      client.finish()

      await client.ended()
      assert.equal(faultsOf(gateway.gateway.metrics, 'client_closed'), before + 1)
    })
  }

  test('S06 by hundreds at once, and others are served', async () => {
    const hello = await nodeHello(named)
    const clients = await Promise.all(Array.from({ length: 300 }, async () => await RawClient.connect(port)))
    for (const client of clients) client.send(hello)

    await othersAreServed()

    await until(() => clients.every(({ received }) => received.length > 0), 'each has its answer')
    for (const client of clients) client[Symbol.dispose]()
  })
})

describe('bytes of another protocol than was agreed on', () => {
  test('D13 end the connection: HTTP/1.1 where it is h2', async () => {
    const client = await secureClient(port, { ...named, ALPNProtocols: ['h2'] })
    assert.equal(client.alpnProtocol, 'h2')
    const requests = gateway.origin.requests.length
    client.on('error', () => {})
    client.resume()

    client.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')

    await within(new Promise((resolve) => client.once('close', resolve)), 'the end of the connection')
    assert.equal(gateway.origin.requests.length, requests)
  })

  test('D13 end the connection: h2 where it is HTTP/1.1', async () => {
    const client = await secureClient(port, { ...named, ALPNProtocols: ['http/1.1'] })
    const answered = once(client, 'data')
    client.on('error', () => {})

    client.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

    assert.match(String((await within(answered, 'an answer'))[0]), /^HTTP\/1\.1 (400|505) /)
    await within(new Promise((resolve) => client.once('close', resolve)), 'the end of the connection')
  })

  test('no protocol in common ends the handshake', async () => {
    const { error } = await visit(port, { ...named, ALPNProtocols: ['spdy/3'] })

    assert.equal(error, 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')
  })
})
