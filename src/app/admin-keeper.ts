import type { AdminServer } from '../admin/server.ts'
import { addressUrl } from '../control/address-text.ts'
import { backoffDelay } from '../control/backoff.ts'
import { printAddress } from '../model/address.ts'
import type { SocketAddress } from '../model/listener.ts'
import type { Clock } from '../std/clock.ts'
import type { Logger } from '../telemetry/log.ts'

export interface AdminKeeperDeps {
  readonly clock: Clock
  readonly logger: Logger
  /** What it is in the log: `admin`, `health`. */
  readonly name: string
  readonly address: SocketAddress
  /** A new one for each try: a server that failed to listen is not used again. */
  readonly create: () => AdminServer
}

const retry = { base: 250, max: 10_000 }

/**
 * Keeps a server of our own beside the traffic: a port that is taken is no reason not to carry traffic, so it is said and
 * tried again.
 */
export class AdminKeeper implements AsyncDisposable {
  readonly #deps: AdminKeeperDeps
  #server: AdminServer | undefined
  #timer: unknown
  #closed = false

  constructor(deps: AdminKeeperDeps) {
    this.#deps = deps
  }

  /** Settles when it was tried once. */
  async start(): Promise<void> {
    await this.#try(1)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#deps.clock.clearTimeout(this.#timer)
    await this.#server?.close()
  }

  async #try(attempt: number): Promise<void> {
    const { clock, logger, name, create, address } = this.#deps
    const server = create()
    try {
      const bound = await server.start()
      if (this.#closed) return await server.close()
      this.#server = server
      logger.info(`${name} on ${addressUrl(bound)}`, { [name]: printAddress(bound) })
    } catch (error) {
      await server.close()
      if (this.#closed) return
      const level = attempt === 1 ? 'error' : 'debug'
      logger[level](`${name} cannot listen on ${printAddress(address)}; it is tried again`, { error })
      const delay = backoffDelay(attempt, retry.base, retry.max, Math.random)
      this.#timer = clock.setTimeout(() => void this.#try(attempt + 1), delay)
    }
  }
}
