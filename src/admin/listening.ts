import { chmod, rm, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { SocketAddress } from '../model/listener.ts'

/** Whoever may write to the socket may ask: only the owner. */
const socketMode = 0o600

/**
 * Listens, and tells where: with port 0 that is only known then. A unix socket that nobody answers on any more (its
 * owner was killed) is replaced.
 *
 * @throws what listening throws: EADDRINUSE, EACCES, …
 */
export async function listenOn(app: FastifyInstance, address: SocketAddress): Promise<SocketAddress> {
  if (address.kind === 'unix') {
    if (await isAbandoned(address.path)) await rm(address.path)
    await app.listen({ path: address.path })
    await chmod(address.path, socketMode)
    return address
  }
  await app.listen({ host: address.host, port: address.port })
  const bound = app.server.address()
  if (bound === null || typeof bound === 'string') return address
  return { kind: 'tcp', host: bound.address, port: bound.port }
}

async function isAbandoned(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  if (stats === undefined || !stats.isSocket()) return false
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(path)
  socket.once('connect', () => resolve(false))
  socket.once('error', (error) => resolve('code' in error && error.code === 'ECONNREFUSED'))
  const abandoned = await promise
  socket.destroy()
  return abandoned
}
