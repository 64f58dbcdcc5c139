import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import { decideScript } from './decide-script.ts'
import type { LimitCounts } from './limit-counts.ts'
import type { StoreState } from './limiter.ts'
import type { StoreFailure, StoreLink, StoreQuestion, StoreScript } from './store-link.ts'

/** Failures in a row after which nothing more is asked. */
const failuresToOpen = 5
/** How often a store that is down is tried. */
const probeEvery: Ms = 1000
/** A connection that is not ready by then is given up: its server may be frozen, or gone without a word. */
const patience: Ms = 5000
/** Until what a probe that got no answer counts as failed. */
const probeDeadline: Ms = 500
/** Refusals come with every request; the log hears of one in this time. */
const refusalPause: Ms = 60_000

export interface StoreHealthOptions {
  readonly clock: Clock
  readonly link: StoreLink
  readonly counts: LimitCounts
  /** A question of no consequence that writes: a store that only reads is no store. */
  readonly probe: () => StoreQuestion
  readonly onChange: (change: HealthChange) => void
  /** The server is well, and does not run a script: told once a minute at most. @param cause a phrase for the log. */
  readonly onRefusal: (cause: string) => void
}

/** Told once for each change. From a node that is not `up` no more answers are to be waited for. */
export interface HealthChange {
  readonly from: StoreState
  readonly to: StoreState
  /** A phrase for the log; holds no secret. */
  readonly cause: string
}

/**
 * Whether a server is to be asked: the circuit breaker. It opens after five failures in a row, and at once when the connection
 * breaks. Then the server is probed each second, by a question of our own, so that no request waits for one in doubt.
 */
export class StoreHealth {
  readonly #options: StoreHealthOptions
  #state: StoreState = 'starting'
  #failures = 0
  #timer: unknown = undefined
  #probing = false
  /** The connection itself is suspect: get another before asking again. */
  #suspect = false
  #connectingSince = 0
  #refusalTold = -Infinity
  #isClosed = false
  #known: (() => void) | undefined

  constructor(options: StoreHealthOptions) {
    this.#options = options
  }

  get isUp(): boolean {
    return this.#state === 'up'
  }

  get state(): StoreState {
    return this.#state
  }

  /** Resolves once it is up, or known to be down, which takes a second at most. */
  start(): Promise<void> {
    const { clock, link } = this.#options
    this.#connectingSince = clock.now()
    link.start({ onReady: () => this.#probe(), onLost: (failure) => this.#lost(failure) })
    this.#schedule()
    return new Promise((resolve) => {
      this.#known = resolve
    })
  }

  close(): void {
    this.#options.clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isClosed = true
    this.#state = 'down'
    this.#known?.()
  }

  succeeded(): void {
    this.#failures = 0
  }

  /** A question failed that called a script. That a slot is being moved says nothing of the server. */
  failed(failure: StoreFailure, script: StoreScript): void {
    this.#options.counts.storeErrors[failure.kind]++
    if (this.#state !== 'up' || failure.kind === 'moving') return
    if (!isOfServer(failure, script)) {
      this.#tellRefusal(failure.cause)
      return
    }
    this.#failures++
    if (this.#failures >= failuresToOpen) this.#become('down', failure.cause)
  }

  #tellRefusal(cause: string): void {
    const now = this.#options.clock.now()
    if (now - this.#refusalTold < refusalPause) return
    this.#refusalTold = now
    this.#options.onRefusal(cause)
  }

  #lost(failure: StoreFailure): void {
    const { clock, counts } = this.#options
    counts.storeErrors[failure.kind]++
    this.#suspect = false
    this.#probing = false
    this.#connectingSince = clock.now()
    this.#become('down', failure.cause)
  }

  #become(to: StoreState, cause: string): void {
    const from = this.#state
    if (from === to || this.#isClosed) return
    this.#state = to
    this.#failures = 0
    if (to === 'down') this.#schedule()
    this.#options.onChange({ from, to, cause })
    this.#known?.()
  }

  #schedule(): void {
    const { clock } = this.#options
    clock.clearTimeout(this.#timer)
    this.#timer = clock.setTimeout(() => this.#look(), probeEvery)
  }

  /** Once a second while it is not up. */
  #look(): void {
    this.#timer = undefined
    if (this.#state === 'up') return
    const { clock, link } = this.#options
    if (this.#state === 'starting') this.#become('down', 'it does not answer')
    else this.#schedule()
    if (link.ready && !this.#suspect) {
      this.#probe()
    } else if (link.ready || clock.now() - this.#connectingSince > patience) {
      this.#suspect = false
      this.#connectingSince = clock.now()
      link.reconnect()
    }
  }

  #probe(): void {
    if (this.#state === 'up' || this.#probing) return
    this.#probing = true
    const { clock, link, probe } = this.#options
    let over = false
    const settle = (failure: StoreFailure | undefined): void => {
      if (over) return
      over = true
      clock.clearTimeout(timer)
      this.#probing = false
      if (failure === undefined) this.#become('up', 'it answers')
      else this.#probeFailed(failure)
    }
    const timer = clock.setTimeout(
      () => settle({ kind: 'timeout', cause: 'it does not answer' }),
      probeDeadline,
    )
    // A node of a Cluster that sends us elsewhere answers, and whoever asks it is sent there.
    const answered = (): void => settle(undefined)
    link.ask(probe(), { onReply: answered, onElsewhere: answered, onFailure: settle })
  }

  #probeFailed(failure: StoreFailure): void {
    this.#suspect = failure.kind === 'timeout' || failure.kind === 'readonly'
    this.#options.counts.storeErrors[failure.kind]++
    this.#become('down', failure.cause)
  }
}

/**
 * Whether others will fail too. That a script failed at its keys says nothing of the server; nor do rights that another script lacks
 * than that by which servers are probed.
 */
function isOfServer({ kind }: StoreFailure, script: StoreScript): boolean {
  return kind === 'auth' ? script === decideScript : kind !== 'script'
}
