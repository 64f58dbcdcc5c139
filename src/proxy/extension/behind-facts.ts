import type { Reason } from '../../model/reasons.ts'
import type { Ms } from '../../std/units.ts'
import type { Cluster } from '../../upstream/cluster.ts'
import type { Endpoint } from '../../upstream/endpoint.ts'
import type { Exchange } from '../exchange.ts'

/** What the outcome of a request has to tell of its way behind extensions. */
export class BehindFacts {
  /** Why the gateway answered there, or gave up; `undefined` when it did not, or nobody waited any more. */
  #reason: Reason | undefined = undefined
  #detail = ''
  #status = 0
  #cluster: Cluster | undefined = undefined
  #endpoint: Endpoint | undefined = undefined
  #attempts = 0
  #upstreamMs: Ms = -1
  #connectMs: Ms = 0

  /** Reads them from the exchange behind. */
  take(behind: Exchange): void {
    this.#cluster = behind.clusterRuntime
    this.#endpoint = behind.endpointRuntime
    this.#attempts = behind.attempts
    this.#upstreamMs = behind.upstreamMs
    this.#connectMs = behind.connectMs
    this.#status = behind.status
    if (behind.reason === 'client_closed') return
    this.#reason = behind.reason
    this.#detail = behind.detail
  }

  /** Why a response of the cluster broke off; `undefined` when none did. */
  get broke(): { readonly reason: Reason; readonly detail: string } | undefined {
    if (this.#reason === undefined || this.#upstreamMs < 0) return undefined
    return { reason: this.#reason, detail: this.#detail }
  }

  /** Writes them into the exchange in front. The reason of an answer is that of its response too if the status passed unchanged. */
  tell(front: Exchange): void {
    front.clusterRuntime = this.#cluster
    front.endpointRuntime = this.#endpoint
    front.attempts = this.#attempts
    front.upstreamMs = this.#upstreamMs
    front.connectMs = this.#connectMs
    if (front.reason !== undefined || front.status !== this.#status || this.#upstreamMs >= 0) return
    front.reason = this.#reason
    front.detail = this.#detail
  }
}
