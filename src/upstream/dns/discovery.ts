import { parseCidrs } from '../../http/cidr.ts'
import type { AddressGuard, DnsDiscovery as DnsSpec } from '../../model/cluster.ts'
import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'
import type { DnsState } from '../events.ts'
import type { DnsAnswer, Resolve } from './resolve.ts'

/** After a failure it asks again after 1 s, 2 s … of which up to half is left out at random. */
const retryBase: Ms = 1_000
const retryMost: Ms = 30_000
/** A name that is said to be absent is believed to be after this many answers in a row (hardening §4.2). */
const absentTries = 3
/** Longest time an answer is used without asking again, whatever its TTL says. */
const ttlMost: Ms = 3_600_000
/** Waits are longer by up to this share, so that workers and replicas do not ask in step. */
const jitter = 0.1

export interface DnsDiscoveryDeps {
  readonly clock: Clock
  readonly random: () => number
  readonly resolve: Resolve
  /** The addresses are others than before. */
  readonly onAddresses: (addresses: readonly string[]) => void
  readonly onState: (from: DnsState, to: DnsState, cause: string) => void
}

/** Keeps the addresses of one name up to date; the last good answer stays for as long as nobody can say better. */
export class DnsDiscovery {
  readonly spec: DnsSpec
  readonly #deps: DnsDiscoveryDeps
  readonly #stop = new AbortController()
  readonly #first = Promise.withResolvers<void>()
  /** Sorted, so that all workers have one order. */
  addresses: readonly string[] = []
  state: DnsState = 'pending'
  /** Monotonic ms of the last good answer; `undefined` when there never was one. */
  answeredAt: number | undefined = undefined
  /** What the last question that failed said; `""` after a good answer. */
  lastError = ''
  readonly #isUsable: (address: string) => boolean
  #failures = 0
  #absent = 0
  #timer: unknown = undefined

  constructor(spec: DnsSpec, deps: DnsDiscoveryDeps) {
    this.spec = spec
    this.#deps = deps
    this.#isUsable = usableBy(spec.guard)
  }

  /** Settles when the first question was answered, or was not, or discovery ended. */
  get first(): Promise<void> {
    return this.#first.promise
  }

  start(): void {
    void this.#ask()
  }

  close(): void {
    this.#stop.abort()
    this.#deps.clock.clearTimeout(this.#timer)
    this.#first.resolve()
  }

  async #ask(): Promise<void> {
    const answer = await this.#deps.resolve(this.spec.host, this.#stop.signal)
    if (this.#stop.signal.aborted) return
    const wait = this.#take(answer)
    this.#timer = this.#deps.clock.setTimeout(() => void this.#ask(), wait)
    this.#first.resolve()
  }

  /** Returns after what time to ask again. */
  #take(answer: DnsAnswer): Ms {
    switch (answer.kind) {
      case 'found':
        return this.#found(answer.addresses, answer.ttl)
      case 'absent':
        this.#absent++
        if (this.#absent < absentTries) return this.#failed(answer.cause)
        this.#use([])
        return this.#failed(answer.cause, 'gone')
      case 'failed':
        return this.#failed(answer.cause, this.state === 'gone' ? 'gone' : undefined)
    }
  }

  #found(addresses: readonly string[], ttl: Ms | undefined): Ms {
    this.#failures = 0
    this.#absent = 0
    this.answeredAt = this.#deps.clock.now()
    const usable = [...new Set(addresses)].filter(this.#isUsable).sort()
    this.lastError = usable.length === 0 && addresses.length > 0 ? 'no address of the answer may be used' : ''
    this.#use(usable)
    this.#enter('fresh', `${usable.length} addresses`)
    const { interval, minimum } = this.spec
    const wait = ttl === undefined ? interval : Math.min(ttl, ttlMost)
    return Math.max(wait, minimum) * (1 + jitter * this.#deps.random())
  }

  #failed(cause: string, state?: DnsState): Ms {
    this.lastError = cause
    this.#enter(state ?? (this.answeredAt === undefined ? 'pending' : 'stale'), cause)
    const most = Math.min(retryMost, retryBase * 2 ** Math.min(this.#failures, 10))
    this.#failures++
    return most * (1 - 0.5 * this.#deps.random())
  }

  #use(addresses: readonly string[]): void {
    if (addresses.join() === this.addresses.join()) return
    this.addresses = addresses
    this.#deps.onAddresses(addresses)
  }

  #enter(state: DnsState, cause: string): void {
    const from = this.state
    if (from === state) return
    this.state = state
    this.#deps.onState(from, state, cause)
  }
}

/** What a guard lets through. Whoever owns a name may let it lead anywhere: to the gateway itself, or to credentials of its machine. */
function usableBy(guard: AddressGuard | undefined): (address: string) => boolean {
  if (guard === undefined) return () => true
  const refused = parseCidrs(guard.refused)
  const allowed = parseCidrs(guard.allowed)
  return (address) => allowed.has(address) || !refused.has(address)
}
