import assert from 'node:assert/strict'
import { once } from 'node:events'
import { linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { openSockets, type SocketSet } from '../../../src/control/socket-set.ts'
import type { SocketAddress } from '../../../src/model/listener.ts'

const folder = mkdtempSync(join(tmpdir(), 'tidegate-sockets-'))
const cleanUp: (() => void)[] = [() => rmSync(folder, { recursive: true })]
after(() => {
  for (const clean of cleanUp) clean()
})

const loopback: SocketAddress = { kind: 'tcp', host: '127.0.0.1', port: 0 }

async function opened(address: SocketAddress, count: number, isOurs = false): Promise<SocketSet> {
  const opening = await openSockets(address, count, isOurs)
  assert.equal(opening.kind, 'open')
  const { sockets } = opening as { sockets: SocketSet }
  cleanUp.push(() => sockets.close())
  return sockets
}

async function listening(server: Server, at: object): Promise<Server> {
  cleanUp.push(() => server.close())
  server.listen(at)
  await once(server, 'listening')
  return server
}

function portOf(sockets: SocketSet): number {
  return (sockets.address as { port: number }).port
}

async function dial(at: object): Promise<string> {
  let text = ''
  const socket = connect(at as never)
  for await (const chunk of socket) text += String(chunk)
  return text
}

describe('openSockets', () => {
  test('opens a socket per worker on one port', async () => {
    const sockets = await opened(loopback, 3)

    assert.equal(sockets.size, 3)
    assert.ok(portOf(sockets) > 0)
    assert.equal(sockets.forWorker(4), sockets.forWorker(1))
  })

  test('says EADDRINUSE when somebody else listens there', async () => {
    const server = await listening(createServer(), { port: 0, host: '127.0.0.1' })
    const { port } = server.address() as AddressInfo

    assert.deepEqual(await openSockets({ ...loopback, port }, 2, false), {
      kind: 'failed',
      code: 'EADDRINUSE',
    })
  })

  test('does not share a port with another gateway, although reuse-port would allow it', async () => {
    const server = await listening(createServer(), { port: 0, host: '127.0.0.1', reusePort: true })
    const { port } = server.address() as AddressInfo

    assert.deepEqual(await openSockets({ ...loopback, port }, 2, false), {
      kind: 'failed',
      code: 'EADDRINUSE',
    })
  })

  test('shares a port with sockets of its own', async () => {
    const first = await opened(loopback, 2)

    const second = await opened({ ...loopback, port: portOf(first) }, 2, true)

    assert.equal(portOf(second), portOf(first))
  })

  test('names what is wrong with an address', async () => {
    const absent: SocketAddress = { kind: 'tcp', host: '192.0.2.1', port: 0 }

    assert.deepEqual(await openSockets(absent, 1, false), { kind: 'failed', code: 'EADDRNOTAVAIL' })
  })

  test('gives handles that a server can listen on', async () => {
    const sockets = await opened(loopback, 1)
    const handle = sockets.forWorker(0)
    const server = await listening(
      createServer((socket) => socket.end('served')),
      handle as object,
    )

    assert.equal(await dial({ port: portOf(sockets), host: '127.0.0.1' }), 'served')
    assert.equal(server.listening, true)
  })

  test('takes over a unix socket that a killed process left behind', async () => {
    const path = join(folder, 'stale.sock')
    const address: SocketAddress = { kind: 'unix', path }
    const stale = await listening(createServer(), { path: join(folder, 'live.sock') })
    linkSync(join(folder, 'live.sock'), path)
    stale.close()
    await once(stale, 'close')

    const sockets = await opened(address, 2)

    assert.equal(sockets.size, 1)
  })

  test('leaves a unix socket alone that somebody answers on', async () => {
    const path = join(folder, 'theirs.sock')
    await listening(createServer(), { path })

    assert.deepEqual(await openSockets({ kind: 'unix', path }, 1, false), {
      kind: 'failed',
      code: 'EADDRINUSE',
    })
  })

  test('never removes a file that is not a socket', async () => {
    const path = join(folder, 'precious.txt')
    writeFileSync(path, 'keep me')

    assert.deepEqual(await openSockets({ kind: 'unix', path }, 1, false), {
      kind: 'failed',
      code: 'EADDRINUSE',
    })
  })
})
