import { Socket } from 'node:net'

/** What Node's `onread` option keeps in a socket (lib/net.js), under symbols that it does not export. */
const kBuffer = symbolNamed('kBuffer')
const kBufferCb = symbolNamed('kBufferCb')
const kBufferGen = symbolNamed('kBufferGen')

/** Told of a read; what it returns is whether reading goes on. Called as a method of the socket. */
export type OnBytes = (this: Socket, length: number) => boolean

/** Gives the buffer for the next read when it is another one. */
export type NextBuffer = () => Uint8Array | undefined

interface Internals {
  [key: symbol]: unknown
  readonly _handle: { useUserBuffer?(buffer: Uint8Array): void } | null
}

/**
 * Does to a socket that has a connection what the `onread` option does to one that is going to get one: it reads into
 * `buffer` and calls `onBytes`, past the stream layer. Works for accepted sockets and for `tls.TLSSocket`, which take no such
 * option. Once for a socket: Node stacks the buffers.
 *
 * @returns false when the connection has gone already.
 */
export function readInto(socket: Socket, buffer: Uint8Array, onBytes: OnBytes, next?: NextBuffer): boolean {
  const internals = socket as unknown as Internals
  const handle = internals._handle
  if (handle?.useUserBuffer === undefined) return false
  internals[kBuffer] = buffer
  internals[kBufferCb] = onBytes
  internals[kBufferGen] = next ?? null
  handle.useUserBuffer(buffer)
  return true
}

/** Gives the socket back to the stream layer, for whoever reads on; nothing is read any more. */
export function stopReadingInto(socket: Socket): void {
  socket.pause()
  ;(socket as unknown as Internals)[kBuffer] = null
}

function symbolNamed(name: string): symbol {
  const found = Object.getOwnPropertySymbols(new Socket()).find((symbol) => symbol.description === name)
  if (found === undefined)
    throw new Error(`this Node has no ${name} in its sockets: use the one that package.json pins`)
  return found
}
