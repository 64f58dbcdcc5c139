import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { unsentBytes } from '../../../src/proxy/h1/unsent.ts'
import { resetSocket } from '../../../src/proxy/reset-socket.ts'
import { makeCa, serverCertificate } from '../../support/certificates.ts'
import { testFolder } from '../../support/folder.ts'
import { until } from '../../support/raw-client.ts'
import { startTlsStage, tlsSetup } from '../../support/tls-stage.ts'

/** The error a client's connection ends with; `""` for none. */
async function endOf(client: Socket): Promise<string> {
  let code = ''
  client.on('error', (error: NodeJS.ErrnoException) => {
    code = error.code ?? ''
  })
  client.resume()
  await new Promise((resolve) => client.once('close', resolve))
  return code
}

async function pair(
  path?: string,
): Promise<{ client: Socket; accepted: Socket; server: ReturnType<typeof createServer> }> {
  const server = createServer({ allowHalfOpen: true })
  if (path === undefined) server.listen(0, '127.0.0.1')
  else server.listen(path)
  await once(server, 'listening')
  const client =
    path === undefined ? connect((server.address() as AddressInfo).port, '127.0.0.1') : connect(path)
  const [accepted] = (await once(server, 'connection')) as [Socket]
  return { client, accepted, server }
}

describe('resetSocket', () => {
  test('sends a RST on a TCP connection', async () => {
    const { client, accepted, server } = await pair()

    resetSocket(accepted)

    assert.equal(await endOf(client), 'ECONNRESET')
    server.close()
  })

  test('closes a unix socket, which has no RST', async () => {
    using folder = testFolder()
    const { client, accepted, server } = await pair(join(folder.path, 'a.sock'))

    resetSocket(accepted)

    assert.equal(await endOf(client), '')
    assert.equal(accepted.destroyed, true)
    server.close()
  })

  test('sends a RST below a TLS connection, and ends it on our side too', async () => {
    const ca = makeCa()
    await using stage = await startTlsStage(tlsSetup({ certificates: [serverCertificate(ca, ['a.test'])] }))
    const client = connectTls({ port: stage.port, host: '127.0.0.1', ca: ca.pem, servername: 'a.test' })
    const arrived = await stage.next()
    assert.equal(arrived.kind, 'secure')
    const closed = once(arrived.socket, 'close')

    resetSocket(arrived.socket)

    assert.equal(await endOf(client), 'ECONNRESET')
    await closed
  })

  test('does nothing to a socket that is gone', async () => {
    const { client, accepted, server } = await pair()
    accepted.destroy()
    await endOf(client)

    resetSocket(accepted)

    assert.equal(accepted.destroyed, true)
    server.close()
  })
})

test('what waits in a TLS connection falls as its peer reads, within one write', async () => {
  const ca = makeCa()
  await using stage = await startTlsStage(tlsSetup({ certificates: [serverCertificate(ca, ['a.test'])] }))
  const client = connectTls({ port: stage.port, host: '127.0.0.1', ca: ca.pem, servername: 'a.test' })
  client.pause()
  const arrived = await stage.next()
  assert.equal(arrived.kind, 'secure')
  // The second write waits in the stream, unknown to the handle, until the first has left.
  arrived.socket.write(Buffer.alloc(8_000_000))
  arrived.socket.write(Buffer.alloc(8_000_000))
  const before = unsentBytes(arrived.socket)
  await until(() => arrived.socket.writableLength > 8_000_000, 'both wait')

  client.resume()

  await until(
    () => unsentBytes(arrived.socket) < before && unsentBytes(arrived.socket) > 0,
    'some of it left',
  )
  await until(() => unsentBytes(arrived.socket) === 0, 'all of it left')
  client.destroy()
})
