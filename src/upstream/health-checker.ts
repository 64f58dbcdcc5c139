import type { Socket } from 'node:net'
import type { Cluster, HealthCheck } from '../model/cluster.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import type { Endpoint } from './endpoint.ts'
import type { Probe } from './probe.ts'

/** First checks of a cluster are spread over this, so that they do not leave as one burst. */
const firstWithin: Ms = 250
/** Intervals differ by up to this share either way, so that workers and replicas do not check in step. */
const jitter = 0.1

export interface HealthCheckerDeps {
  readonly clock: Clock
  readonly random: () => number
  readonly probe: Probe
  /** What the cluster speaks now; HTTP/1.1 without it. */
  readonly protocol?: () => Cluster['protocol']
  /** How traffic connects to an endpoint; without it, plainly. */
  readonly open?: ((endpoint: Endpoint, onReady: () => void) => Socket) | undefined
}

/** Where the checks of one endpoint stand. */
interface Watch {
  readonly endpoint: Endpoint
  /** Results in a row that differ from the present state. */
  against: number
  timer: unknown
  /** Ends the check that is under way. */
  running: AbortController | undefined
}

/**
 * Checks the endpoints of one cluster actively. The first result decides alone; after that it takes `healthyAfter` or
 * `unhealthyAfter` results in a row to change the state. The interval runs from the end of a check to the next.
 */
export class HealthChecker {
  readonly #check: HealthCheck
  readonly #deps: HealthCheckerDeps
  readonly #watches = new Map<Endpoint, Watch>()

  constructor(check: HealthCheck, deps: HealthCheckerDeps) {
    this.#check = check
    this.#deps = deps
  }

  /** Watches exactly these from now on. */
  update(endpoints: readonly Endpoint[]): void {
    const wanted = new Set(endpoints)
    for (const watch of this.#watches.values()) if (!wanted.has(watch.endpoint)) this.#stop(watch)
    for (const endpoint of endpoints) {
      if (this.#watches.has(endpoint)) continue
      const watch: Watch = { endpoint, against: 0, timer: undefined, running: undefined }
      this.#watches.set(endpoint, watch)
      this.#later(watch, Math.min(firstWithin, this.#check.interval) * this.#deps.random())
    }
  }

  close(): void {
    this.update([])
  }

  #stop(watch: Watch): void {
    this.#watches.delete(watch.endpoint)
    this.#deps.clock.clearTimeout(watch.timer)
    watch.running?.abort()
  }

  #later(watch: Watch, delay: Ms): void {
    watch.timer = this.#deps.clock.setTimeout(() => void this.#run(watch), delay)
  }

  async #run(watch: Watch): Promise<void> {
    const { address, authority } = watch.endpoint
    const running = new AbortController()
    watch.running = running
    watch.timer = this.#deps.clock.setTimeout(() => running.abort(), this.#check.timeout)
    const { probe, open } = this.#deps
    const connecting = open && { open: (onReady: () => void) => open(watch.endpoint, onReady) }
    const protocol = this.#deps.protocol?.() ?? 'http/1.1'
    const target = { address, authority, check: this.#check, protocol, ...connecting }
    const wrong = await probe(target, running.signal)
    if (this.#watches.get(watch.endpoint) !== watch) return
    this.#deps.clock.clearTimeout(watch.timer)
    watch.running = undefined
    this.#count(watch, wrong)
    this.#later(watch, this.#check.interval * (1 - jitter + 2 * jitter * this.#deps.random()))
  }

  #count(watch: Watch, wrong: string): void {
    const found = wrong === '' ? 'healthy' : 'unhealthy'
    const { checked } = watch.endpoint
    if (found === checked) {
      watch.against = 0
      return
    }
    watch.against++
    const needed = found === 'healthy' ? this.#check.healthyAfter : this.#check.unhealthyAfter
    if (checked !== 'unchecked' && watch.against < needed) return
    watch.against = 0
    watch.endpoint.setChecked(found, `health check: ${wrong === '' ? 'passed' : wrong}`)
  }
}
