import { existsSync, statSync, unlinkSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import type { SocketAddress } from '../model/listener.ts'
import { takeLastCalls } from './last-calls.ts'
import { bindHandle, type ServerHandle } from './server-handle.ts'

/** The sockets of one listener: one per worker where the system can share a port between sockets, else one for all. */
export class SocketSet {
  /** As bound: a port of 0 has become the one that was given. */
  readonly address: SocketAddress
  readonly #handles: readonly ServerHandle[]
  #holds = 0
  #closing = false

  constructor(address: SocketAddress, handles: readonly ServerHandle[]) {
    this.address = address
    this.#handles = handles
  }

  get size(): number {
    return this.#handles.length
  }

  /** The socket of a worker, by the worker's place: a worker that replaces another gets the same one, with all that waits in it. */
  forWorker(index: number): ServerHandle | undefined {
    return this.#handles[index % this.#handles.length]
  }

  /** Puts `close` off until `release`: a handle must stay open while it is on its way to a worker. */
  hold(): void {
    this.#holds++
  }

  release(): void {
    this.#holds--
    if (this.#closing && this.#holds === 0) this.#closeAll()
  }

  /** Closes the sockets, when nobody accepts on them any more, and gives the connections that still waited. */
  async retire(): Promise<readonly Socket[]> {
    if (this.#closing) return []
    this.#closing = true
    return takeLastCalls(this.#handles)
  }

  /** Closes our copies. Whoever was given one keeps it: what waits in the queue is theirs to take. */
  close(): void {
    if (this.#closing) return
    this.#closing = true
    if (this.#holds === 0) this.#closeAll()
  }

  #closeAll(): void {
    for (const handle of this.#handles) handle.close()
  }
}

export type Opening =
  | { readonly kind: 'open'; readonly sockets: SocketSet }
  | { readonly kind: 'failed'; readonly code: string }

/**
 * Binds `count` sockets to one address.
 *
 * Reuse-port would let a second gateway share our ports unnoticed and take half of the connections, so the address is
 * first bound alone.
 *
 * @param isOurs whether a socket of this process is on the same port already; then binding alone would fail.
 */
export async function openSockets(address: SocketAddress, count: number, isOurs: boolean): Promise<Opening> {
  if (address.kind === 'unix') return openUnix(address)
  if (!isOurs) {
    const probe = bindHandle(address, 'alone')
    if (probe.kind === 'failed') return probe
    probe.handle.close()
  }
  const first = bindHandle(address, 'reuse-port')
  if (first.kind === 'failed') return first.code === 'ENOTSUP' ? openShared(address) : first
  const handles = [first.handle]
  for (let i = 1; i < count; i++) {
    const next = bindHandle(first.address, 'reuse-port')
    if (next.kind === 'bound') handles.push(next.handle)
    else return failed(handles, next.code)
  }
  return { kind: 'open', sockets: new SocketSet(first.address, handles) }
}

function openShared(address: SocketAddress): Opening {
  const binding = bindHandle(address, 'alone')
  if (binding.kind === 'failed') return binding
  return { kind: 'open', sockets: new SocketSet(binding.address, [binding.handle]) }
}

function failed(handles: readonly ServerHandle[], code: string): Opening {
  for (const handle of handles) handle.close()
  return { kind: 'failed', code }
}

/** A path left behind by a process that was killed is in the way; one that somebody still answers on is theirs. */
async function openUnix(address: SocketAddress & { kind: 'unix' }): Promise<Opening> {
  const first = openShared(address)
  if (first.kind === 'open' || first.code !== 'EADDRINUSE') return first
  const isSocket = existsSync(address.path) && statSync(address.path).isSocket()
  if (!isSocket || (await isAnswered(address.path))) return first
  unlinkSync(address.path)
  return openShared(address)
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
