import * as net from 'node:net'
import { getSystemErrorName } from 'node:util'
import type { SocketAddress } from '../model/listener.ts'
import { assert } from '../std/assert.ts'

/**
 * A socket that is bound and never accepts by itself: it can be sent to a worker, whose server listens on it.
 * Connections that complete before somebody listens (or between two that do) wait in the kernel's queue.
 */
export interface ServerHandle {
  /** Begins to accept, on this very handle; gives 0, or a negative error. */
  listen(backlog: number): number
  /** Told of every connection, with its handle. */
  onconnection: ((error: number, connection: object) => void) | null
  close(): void
}

/** Node takes the handle of a connection in the constructor of a socket, beyond its types. */
export function socketOf(connection: object): net.Socket {
  const options = { handle: connection, allowHalfOpen: true, pauseOnCreate: true }
  return new net.Socket(options as net.SocketConstructorOpts)
}

/** A bound socket, or the system's name for why there is none (`EADDRINUSE`). */
export type Binding =
  | { readonly kind: 'bound'; readonly handle: ServerHandle; readonly address: SocketAddress }
  | { readonly kind: 'failed'; readonly code: string }

/** libuv's UV_TCP_REUSEPORT: several sockets on one port, between which the kernel spreads connections. */
const reusePortFlag = 2

/**
 * Binds a socket without accepting on it.
 *
 * Node has no public way to do this: `net._createServerHandle` is what its own `cluster` module binds with. A public
 * `net.Server` would accept in this process from the moment it listens, and take connections nobody serves.
 *
 * @param sharing `reuse-port` lets further sockets of ours on the same port; it fails with `ENOTSUP` where the system has none.
 */
export function bindHandle(address: SocketAddress, sharing: 'alone' | 'reuse-port'): Binding {
  if (address.kind === 'unix') return bound(createHandle(address.path, -1, -1, undefined, 0), address)
  const family = net.isIP(address.host)
  if (family === 0) return { kind: 'failed', code: 'EINVAL' }
  const flags = sharing === 'reuse-port' ? reusePortFlag : 0
  return bound(createHandle(address.host, address.port, family, undefined, flags), address)
}

/** libuv keeps `EADDRINUSE` back until somebody looks: asking for the name of the socket is looking. */
function bound(handle: RawHandle | number, address: SocketAddress): Binding {
  if (typeof handle === 'number') return { kind: 'failed', code: getSystemErrorName(handle) }
  if (address.kind === 'unix') return { kind: 'bound', handle, address }
  const name: { port?: number } = {}
  const error = handle.getsockname(name)
  if (error !== 0) {
    handle.close()
    return { kind: 'failed', code: getSystemErrorName(error) }
  }
  return { kind: 'bound', handle, address: { ...address, port: name.port ?? address.port } }
}

interface RawHandle extends ServerHandle {
  getsockname(name: { port?: number }): number
}

type CreateHandle = (
  address: string,
  port: number,
  family: number,
  fd: undefined,
  flags: number,
) => RawHandle | number

function createHandle(...parameters: Parameters<CreateHandle>): RawHandle | number {
  const create = (net as unknown as { _createServerHandle?: CreateHandle })._createServerHandle
  assert(
    create !== undefined,
    'this Node has no net._createServerHandle; use the version pinned in package.json',
  )
  return create(...parameters)
}
