import { isIPv4 } from 'node:net'
import type { Redis } from 'ioredis'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import { redisOptions } from './redis-options.ts'
import type { RedisSentinels } from './redis-settings.ts'

/** How often a Sentinel is asked. */
const askEvery: Ms = 1000
/** After a master was left it is not left again for so long: Sentinels that disagree would send us to and fro. */
const settleFor: Ms = 5000
/** What a Sentinel has to answer within; then the next one is asked. */
const patienceMs = 500

/** The master that we are connected to. */
export interface ConnectedTo {
  readonly host: string | undefined
  readonly port: number | undefined
}

export interface SentinelWatchDeps {
  readonly clock: Clock
  readonly connectedTo: () => ConnectedTo
  readonly onAnother: () => void
}

/**
 * Asks a Sentinel each second who the master is. A master that was replaced on demand goes on taking writes for some ten seconds
 * until it is told, and one that lost its network for longer: what is counted there is counted beside the others.
 */
export class SentinelWatch {
  readonly #sentinels: RedisSentinels
  readonly #deps: SentinelWatchDeps
  #client: Redis | undefined
  /** Which Sentinel is asked. */
  #at = 0
  #last = ''
  #leftAt = -Infinity
  #timer: unknown = undefined
  #closed = false

  constructor(sentinels: RedisSentinels, deps: SentinelWatchDeps) {
    this.#sentinels = sentinels
    this.#deps = deps
  }

  start(Client: typeof Redis): void {
    this.#timer = this.#deps.clock.setTimeout(() => void this.#look(Client), askEvery)
  }

  close(): void {
    this.#closed = true
    this.#deps.clock.clearTimeout(this.#timer)
    this.#client?.disconnect()
  }

  async #look(Client: typeof Redis): Promise<void> {
    const client = (this.#client ??= this.#clientOf(Client))
    try {
      if (client.status === 'wait') await client.connect()
      const master: unknown = await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.#sentinels.name)
      if (Array.isArray(master)) this.#compare(String(master[0]), Number(master[1]))
    } catch {
      client.disconnect()
      this.#client = undefined
      this.#at++
    }
    if (!this.#closed) this.start(Client)
  }

  #clientOf(Client: typeof Redis): Redis {
    const { addresses, login } = this.#sentinels
    const address = addresses[this.#at % addresses.length] ?? { host: '', port: 0 }
    const options = redisOptions({ kind: 'server', address, database: 0 }, login, () => 0)
    const once = { enableReadyCheck: false, commandTimeout: patienceMs, retryStrategy: () => null }
    const client = new Client({ ...options, ...once })
    // Its commands say what went wrong; without a listener ioredis prints it.
    client.on('error', () => {})
    return client
  }

  /** A name is not compared with the address that it led to: then it counts that the Sentinel says another one. */
  #compare(host: string, port: number): void {
    const { connectedTo, onAnother, clock } = this.#deps
    const said = `${host}:${port}`
    const before = this.#last
    this.#last = said
    const now = connectedTo()
    if (now.host === undefined) return
    const isOther = isIPv4(host) ? host !== now.host || port !== now.port : before !== '' && before !== said
    if (!isOther || clock.now() - this.#leftAt < settleFor) return
    this.#leftAt = clock.now()
    onAnother()
  }
}
