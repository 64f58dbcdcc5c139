import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { HealthCheck } from '../../../src/model/cluster.ts'
import type { SocketAddress } from '../../../src/model/listener.ts'
import { networkProbe } from '../../../src/upstream/probe.ts'
import { within } from '../../support/raw-client.ts'

const http: HealthCheck = {
  kind: 'http',
  path: '/healthz?full',
  host: '',
  statuses: [],
  interval: 1_000,
  timeout: 1_000,
  healthyAfter: 1,
  unhealthyAfter: 1,
}
const tcp: HealthCheck = { ...http, kind: 'tcp' }
const never = new AbortController().signal

async function listen(context: TestContext, server: Server): Promise<SocketAddress> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => {
    server.close()
  })
  return { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

/** An HTTP server that answers with one status and remembers what it was asked. */
async function origin(context: TestContext, status: number) {
  const asked: string[] = []
  const server = createHttpServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.host}`)
    response.writeHead(status).end('x'.repeat(100_000))
  })
  return { asked, address: await listen(context, server) }
}

/** An address where nobody listens. */
async function nobody(): Promise<SocketAddress> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return { kind: 'tcp', host: '127.0.0.1', port }
}

describe('probe', () => {
  test('says so when an endpoint changes to a protocol that nobody asked for', async (context) => {
    const server = createServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'))
    })
    const address = await listen(context, server)

    const asked = networkProbe({ address, authority: 'a', check: http }, AbortSignal.timeout(2_000))

    assert.equal(await within(asked, 'the end of the probe'), 'ended the connection without an answer')
  })

  for (const [status, statuses, wrong] of [
    [200, [], ''],
    [302, [], ''],
    [404, [], 'answered 404'],
    [503, [], 'answered 503'],
    [404, [404], ''],
    [200, [204], 'answered 200'],
  ] as const) {
    test(`a ${status} where ${statuses.join() || '200–399'} is healthy says "${wrong}"`, async (context) => {
      const { address } = await origin(context, status)

      assert.equal(
        await networkProbe({ address, authority: 'a', check: { ...http, statuses } }, never),
        wrong,
      )
    })
  }

  test('asks for the path with the host of the check, else with that of the endpoint', async (context) => {
    const { address, asked } = await origin(context, 200)
    await networkProbe({ address, authority: 'web.test:80', check: http }, never)
    await networkProbe({ address, authority: 'web.test:80', check: { ...http, host: 'shop.test' } }, never)

    assert.deepEqual(asked, ['GET /healthz?full web.test:80', 'GET /healthz?full shop.test'])
  })

  for (const check of [http, tcp]) {
    test(`${check.kind}: a refused connection says so`, async () => {
      const address = await nobody()

      assert.equal(await networkProbe({ address, authority: 'a', check }, never), 'ECONNREFUSED')
    })
  }

  test('tcp: a server that accepts is healthy', async (context) => {
    const address = await listen(
      context,
      createServer((socket) => socket.on('error', () => {}).resume()),
    )

    assert.equal(await networkProbe({ address, authority: 'a', check: tcp }, never), '')
  })

  test('reaches unix sockets', async (context) => {
    const path = join(tmpdir(), `tidegate-probe-${process.pid}.sock`)
    const server = createHttpServer((_, response) => response.end()).listen(path)
    await once(server, 'listening')
    context.after(() => {
      server.close()
    })
    const address = { kind: 'unix', path } as const

    assert.equal(await networkProbe({ address, authority: 'a', check: http }, never), '')
    assert.equal(await networkProbe({ address, authority: 'a', check: tcp }, never), '')
  })

  test('a server that accepts and says nothing is given up when the signal comes', async (context) => {
    const stop = new AbortController()
    const address = await listen(
      context,
      createServer((socket) => {
        socket.on('error', () => {})
        stop.abort()
      }),
    )

    assert.equal(
      await networkProbe({ address, authority: 'a', check: http }, stop.signal),
      'did not answer in time',
    )
  })

  test('what is not HTTP is not healthy', async (context) => {
    const address = await listen(
      context,
      createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-x\r\n')),
    )

    assert.match(await networkProbe({ address, authority: 'a', check: http }, never), /^HPE_/)
  })

  test('what cannot be asked is not healthy', async (context) => {
    const { address } = await origin(context, 200)
    const check = { ...http, path: '/a b' }

    assert.match(await networkProbe({ address, authority: 'a', check }, never), /unescaped/)
  })
})
