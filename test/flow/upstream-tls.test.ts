import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, createServer as createNetServer } from 'node:net'
import { after, describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { ask, getRequest, postRequest } from '../support/ask.ts'
import { issue, type MadeCertificate, makeCa, revocationList } from '../support/certificates.ts'
import { testFolder } from '../support/folder.ts'
import { type Config, startGateway } from '../support/gateway.ts'
import { Origin } from '../support/origin.ts'
import { until } from '../support/raw-client.ts'
import { tlsOrigin } from '../support/tls-origin.ts'

const ca = makeCa()
const good = issue(ca, {
  name: 'whoever',
  altNames: ['DNS:api.test', 'URI:spiffe://a.test/api', 'IP:127.0.0.1'],
})

const folder = testFolder()
after(() => folder[Symbol.dispose]())
const caFile = folder.write('ca.pem', ca.pem)

/** A gateway whose only cluster has these settings, in front of an origin. */
function configOf(address: string, tls: Config | string, cluster: Config = {}): Config {
  return {
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [{ to: 'api' }],
    clusters: { api: { endpoints: [address], tls, ...cluster } },
  }
}

describe('a certificate that is right', () => {
  const rows: readonly (readonly [what: string, tls: Config, serverName: string])[] = [
    ['by its DNS name, which is sent', { ca: caFile, serverName: 'api.test' }, 'api.test'],
    ['by the address, when there is no name, which is not sent', { ca: caFile }, ''],
    ['by a SPIFFE URI', { ca: caFile, names: ['URI:spiffe://a.test/api'] }, ''],
    [
      'by one of several names, whatever is sent',
      { ca: caFile, serverName: 'x.test', names: ['DNS:y.test', 'DNS:api.test'] },
      'x.test',
    ],
    ['in TLS 1.2 too', { ca: caFile, maxVersion: 'TLSv1.2' }, ''],
    ['with curves and ciphers', { ca: caFile, curves: ['P-256'], ciphers: ['TLS_AES_128_GCM_SHA256'] }, ''],
  ]
  for (const [what, tls, serverName] of rows) {
    test(`is accepted ${what}`, async () => {
      await using origin = await tlsOrigin(good, { ALPNProtocols: ['h2', 'http/1.1'] })
      await using gateway = await startGateway(configOf(origin.address, tls))

      const { status, body } = await ask(gateway.port(), getRequest('/x'))

      assert.deepEqual([status, body], [200, 'served /x'])
      assert.deepEqual(origin.connections, [{ serverName, alpn: 'http/1.1', resumed: false, client: '' }])
    })
  }

  test('is used with a server that knows no ALPN', async () => {
    await using origin = await tlsOrigin(good, { ALPNProtocols: [] })
    await using gateway = await startGateway(configOf(origin.address, { ca: caFile }))

    assert.equal((await ask(gateway.port(), getRequest('/x'))).status, 200)
  })

  test('is not asked for where verify is off', async () => {
    await using origin = await tlsOrigin(issue(undefined, { name: 'self-made' }))
    await using gateway = await startGateway(configOf(origin.address, { verify: 'off' }))

    assert.equal((await ask(gateway.port(), getRequest('/x'))).status, 200)
  })
})

describe('a certificate that is wrong', () => {
  const past = new Date(Date.now() - 86_400_000)
  const otherCa = makeCa('Other CA')
  const rows: readonly (readonly [what: string, made: MadeCertificate, tls: Config, detail: RegExp])[] = [
    [
      'of another authority',
      issue(otherCa, { altNames: ['DNS:api.test'] }),
      { serverName: 'api.test' },
      /UNABLE_TO_VERIFY|SELF_SIGNED/,
    ],
    [
      'that signed itself',
      issue(undefined, { altNames: ['DNS:api.test'] }),
      { serverName: 'api.test' },
      /SELF_SIGNED|UNABLE/,
    ],
    ['for another name', good, { serverName: 'other.test' }, /for "DNS:api\.test, .*, not other\.test/],
    [
      'with the name as its common name alone',
      issue(ca, { name: 'api.test' }),
      { serverName: 'api.test' },
      /nobody by name/,
    ],
    ['with another address', issue(ca, { altNames: ['IP:127.0.0.2'] }), {}, /not 127\.0\.0\.1/],
    ['with another SPIFFE URI', good, { names: ['URI:spiffe://a.test/ap'] }, /not URI:spiffe/],
    ['with a URI that only begins so', good, { names: ['URI:spiffe://a.test/api/v2'] }, /not URI:spiffe/],
    [
      'that has expired',
      issue(ca, { altNames: ['DNS:api.test'], notAfter: past, notBefore: new Date(0) }),
      { serverName: 'api.test' },
      /CERT_HAS_EXPIRED/,
    ],
    [
      'that is for clients',
      issue(ca, { altNames: ['DNS:api.test'], usage: 'client' }),
      { serverName: 'api.test' },
      /INVALID_PURPOSE/,
    ],
  ]
  for (const [what, made, tls, detail] of rows) {
    test(`${what} is refused, and no byte of the request is sent`, async () => {
      await using origin = await tlsOrigin(made)
      await using gateway = await startGateway(configOf(origin.address, { ca: caFile, ...tls }))

      const { status } = await ask(gateway.port(), postRequest('/secret', 'body'))
      const outcome = await gateway.outcome()

      assert.deepEqual([status, outcome.reason, origin.requests], [503, 'upstream_tls', []])
      assert.match(outcome.detail, detail)
    })
  }

  test('that was revoked is refused', async () => {
    const crl = folder.write('crl.pem', revocationList(ca, [good]))
    await using origin = await tlsOrigin(good)
    await using gateway = await startGateway(configOf(origin.address, { ca: caFile, crl }))

    await ask(gateway.port(), getRequest('/x'))

    assert.match((await gateway.outcome()).detail, /CERT_REVOKED/)
  })

  test('is tried again at another endpoint, for nothing was sent', async () => {
    await using bad = await tlsOrigin(issue(otherCa, { altNames: ['IP:127.0.0.1'] }))
    await using origin = await tlsOrigin(good)
    const config = configOf(
      bad.address,
      { ca: caFile },
      {
        endpoints: [bad.address, { address: origin.address, priority: 1 }],
        outlier: { consecutiveFailures: 1, maxEjectedPercent: 100 },
      },
    )
    await using gateway = await startGateway(config)

    const answers = [
      await ask(gateway.port(), postRequest('/a', 'x')),
      await ask(gateway.port(), postRequest('/b', 'x')),
    ]

    assert.equal(answers.at(-1)?.status, 200)
    assert.deepEqual(bad.requests, [])
  })
})

describe('what is no TLS, or not the protocol that was wanted', () => {
  test('a plain server on the port is a failed handshake', async () => {
    const server = createNetServer((socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
    ).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    await using gateway = await startGateway(configOf(`127.0.0.1:${port}`, { ca: caFile }))

    const { status } = await ask(gateway.port(), getRequest('/x'))

    assert.deepEqual([status, (await gateway.outcome()).reason], [503, 'upstream_tls'])
    server.close()
  })

  test('a port that nobody listens on is a failed connection', async () => {
    const origin = await tlsOrigin(good)
    await origin[Symbol.asyncDispose]()
    await using gateway = await startGateway(configOf(origin.address, { ca: caFile }))

    await ask(gateway.port(), getRequest('/x'))

    assert.equal((await gateway.outcome()).reason, 'upstream_connect')
  })
})

describe('a client certificate', () => {
  const mine = issue(ca, { name: 'gateway', usage: 'client' })
  const certificate = { cert: folder.write('mine.crt', mine.pem), key: folder.write('mine.key', mine.keyPem) }

  test('is shown to an endpoint that asks for one', async () => {
    await using origin = await tlsOrigin(good, { requestCert: true, rejectUnauthorized: true, ca: ca.pem })
    await using gateway = await startGateway(configOf(origin.address, { ca: caFile, certificate }))

    assert.equal((await ask(gateway.port(), getRequest('/x'))).status, 200)
    assert.equal(origin.connections[0]?.client, 'gateway')
  })

  for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
    test(`that is missing ends the connection with a reason, ${maxVersion}`, async () => {
      await using origin = await tlsOrigin(good, { requestCert: true, rejectUnauthorized: true, ca: ca.pem })
      await using gateway = await startGateway(configOf(origin.address, { ca: caFile, maxVersion }))

      const { status } = await ask(gateway.port(), getRequest('/x'))

      assert.deepEqual([status, (await gateway.outcome()).reason, origin.requests], [503, 'upstream_tls', []])
    })
  }
})

describe('health checks by TLS', () => {
  const health = { interval: '50ms', timeout: '50ms', unhealthyAfter: 1 }
  const rows: readonly (readonly [what: string, tls: Config, check: Config, state: string, cause: RegExp])[] =
    [
      ['with the right certificate', { ca: caFile }, { path: '/healthz' }, 'healthy', /passed/],
      ['that only connect', { ca: caFile }, { kind: 'tcp' }, 'healthy', /passed/],
      ['for another name', { ca: caFile, serverName: 'x.test' }, {}, 'unhealthy', /not x\.test/],
      [
        'that only connect, for another name',
        { ca: caFile, serverName: 'x.test' },
        { kind: 'tcp' },
        'unhealthy',
        /not x\.test/,
      ],
    ]
  for (const [what, tls, check, state, cause] of rows) {
    test(`${what} find the endpoint ${state}`, async () => {
      await using origin = await tlsOrigin(good)
      const config = configOf(origin.address, tls, { health: { ...health, ...check } })
      await using gateway = await startGateway(config)
      const endpoint = () => gateway.gateway.registry.describe()[0]?.endpoints[0]

      await until(() => endpoint()?.state !== 'unchecked', 'the endpoint was checked')

      assert.equal(endpoint()?.state, state)
      assert.match(endpoint()?.cause ?? '', cause)
    })
  }
})

describe('HTTP/2 by TLS', () => {
  test('carries requests and health checks where ALPN says so', async () => {
    await using origin = await http2Origin()
    const health = { path: '/healthz', interval: '50ms', timeout: '50ms' }
    await using gateway = await startGateway(
      configOf(origin.address, { ca: caFile }, { protocol: 'h2', health }),
    )
    await until(
      () => gateway.gateway.registry.describe()[0]?.endpoints[0]?.state !== 'unchecked',
      'it was checked',
    )

    const { status, body } = await ask(gateway.port(), getRequest('/x'))

    assert.deepEqual([status, body], [200, 'served /x'])
    assert.equal(gateway.gateway.registry.describe()[0]?.endpoints[0]?.state, 'healthy')
    assert.ok(origin.paths.includes('/healthz'))
  })

  test('is not spoken with an endpoint that does not agree to it', async () => {
    await using origin = await tlsOrigin(good, { ALPNProtocols: ['http/1.1'] })
    await using gateway = await startGateway(configOf(origin.address, { ca: caFile }, { protocol: 'h2' }))

    const { status } = await ask(gateway.port(), getRequest('/x'))

    assert.deepEqual([status, (await gateway.outcome()).reason], [503, 'upstream_tls'])
  })

  test('is not spoken with an endpoint that knows no ALPN', async () => {
    await using origin = await tlsOrigin(good, { ALPNProtocols: [] })
    await using gateway = await startGateway(configOf(origin.address, { ca: caFile }, { protocol: 'h2' }))

    await ask(gateway.port(), getRequest('/x'))

    assert.match((await gateway.outcome()).detail, /does not speak HTTP\/2/)
  })
})

/** The body of a response, read as its consumer asks for it. */
async function slowly(port: number): Promise<IncomingMessage> {
  const [response] = (await once(request({ port, host: '127.0.0.1', path: '/big' }).end(), 'response')) as [
    IncomingMessage,
  ]
  return response
}

/** Answers every path with its name, over HTTP/2 and TLS alone. */
async function http2Origin() {
  const paths: string[] = []
  const server = createSecureServer({ cert: good.pem, key: good.keyPem })
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    paths.push(headers[':path'] ?? '')
    stream.respond({ ':status': 200 })
    stream.end(`served ${headers[':path']}`)
  })
  server.on('sessionError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    address: `127.0.0.1:${port}`,
    paths,
    async [Symbol.asyncDispose]() {
      server.close()
      await Promise.resolve()
    },
  }
}

describe('connections by TLS', () => {
  test('are used again for the next request', async () => {
    await using origin = await tlsOrigin(good)
    await using gateway = await startGateway(configOf(origin.address, { ca: caFile }))

    for (const path of ['/1', '/2', '/3']) await ask(gateway.port(), getRequest(path))

    assert.deepEqual([origin.requests, origin.connections.length], [['/1', '/2', '/3'], 1])
  })

  test('resume the session of the one before', async () => {
    await using origin = await tlsOrigin(good)
    await using gateway = await startGateway(
      configOf(origin.address, { ca: caFile }, { pool: { idleConnections: 0 } }),
    )

    for (const path of ['/1', '/2']) await ask(gateway.port(), getRequest(path))

    assert.deepEqual(
      origin.connections.map(({ resumed }) => resumed),
      [false, true],
    )
  })

  test('never resume a session after the settings have changed', async () => {
    await using origin = await tlsOrigin(good)
    const cluster = { pool: { idleConnections: 0 } }
    await using gateway = await startGateway(configOf(origin.address, { ca: caFile }, cluster))
    await ask(gateway.port(), getRequest('/1'))

    await gateway.install(configOf(origin.address, { ca: caFile, names: ['DNS:other.test'] }, cluster))
    const { status } = await ask(gateway.port(), getRequest('/2'))

    assert.deepEqual([status, origin.requests], [503, ['/1']])
  })

  test('that are idle are not used any more after the authorities have changed', async () => {
    const otherCa = folder.write('other.pem', makeCa('Other CA').pem)
    await using origin = await tlsOrigin(good)
    await using gateway = await startGateway(configOf(origin.address, { ca: caFile }))
    await ask(gateway.port(), getRequest('/1'))

    await gateway.install(configOf(origin.address, { ca: otherCa }))
    const refused = await ask(gateway.port(), getRequest('/2'))
    await gateway.install(configOf(origin.address, { ca: caFile }))
    const again = await ask(gateway.port(), getRequest('/3'))

    assert.deepEqual([refused.status, again.status, origin.requests], [503, 200, ['/1', '/3']])
  })

  test('are no plain ones that were idle when TLS was switched on', async () => {
    await using origin = await Origin.start()
    await using gateway = await startGateway(configOf(origin.address, 'off', { connectTimeout: '100ms' }))
    const plain = await ask(gateway.port(), getRequest('/1'))

    await gateway.install(configOf(origin.address, { ca: caFile }, { connectTimeout: '100ms' }))
    const secure = await ask(gateway.port(), getRequest('/2'))

    assert.deepEqual([plain.status, secure.status], [200, 504])
  })

  test('bring a large body unharmed to a client that stops reading again and again', async () => {
    const body = Buffer.alloc(8_000_000, 0)
    for (let at = 0; at < body.length; at += 4) body.writeUInt32BE(at, at)
    await using origin = await tlsOrigin(good, {}, (_, response) => response.end(body))
    await using gateway = await startGateway(configOf(origin.address, { ca: caFile }))

    const hash = createHash('sha256')
    let length = 0
    for await (const part of (await slowly(gateway.port())) as AsyncIterable<Buffer>) {
      hash.update(part)
      length += part.length
      await turn()
    }

    assert.equal(length, body.length)
    assert.equal(hash.digest('hex'), createHash('sha256').update(body).digest('hex'))
  })

  test('carry large bodies both ways', async () => {
    await using origin = await tlsOrigin(good)
    await using gateway = await startGateway(configOf(origin.address, { ca: caFile }))

    const { status } = await ask(gateway.port(), postRequest('/big', 'x'.repeat(900_000)))

    assert.equal(status, 200)
  })
})
