import { EventEmitter } from 'node:events'

/**
 * Stands for the client's connection in requests that never had one here. It says who the client is, and takes what Fastify and its
 * plugins do to sockets: nothing comes of it.
 */
export class SyntheticSocket extends EventEmitter {
  readonly remoteAddress: string
  readonly remoteFamily: 'IPv4' | 'IPv6'
  readonly encrypted: boolean
  /** Nobody knows it here. */
  readonly remotePort = 0
  /** Nothing is read from it: the request is given what comes. */
  readonly readable = false
  readonly writable = true
  readonly writableLength = 0
  destroyed = false
  readonly #onDestroy: (error: Error | undefined) => void

  /** @param onDestroy an extension gives the client up. */
  constructor(
    clientAddress: string,
    scheme: 'http' | 'https',
    onDestroy: (error: Error | undefined) => void,
  ) {
    super()
    this.remoteAddress = clientAddress
    this.remoteFamily = clientAddress.includes(':') ? 'IPv6' : 'IPv4'
    this.encrypted = scheme === 'https'
    this.#onDestroy = onDestroy
  }

  destroy(error?: Error): this {
    if (this.destroyed) return this
    this.destroyed = true
    this.#onDestroy(error)
    return this
  }

  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  cork(): void {}

  uncork(): void {}

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}
