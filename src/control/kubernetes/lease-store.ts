import { ApiError, type KubernetesApi } from '../../sources/kubernetes/api.ts'
import { quoted } from '../../std/quoted.ts'
import type { Ms } from '../../std/units.ts'
import { type LeaseRecord, readLease } from './lease-record.ts'
import { statusOf } from './say.ts'

/** A change of a Lease, as a merge patch. `null` removes an annotation. */
export interface LeaseChange {
  readonly annotations: Readonly<Record<string, string | null>>
  readonly spec: Readonly<Record<string, string | number>>
}

/** The Lease as it is now, and what was changed. */
export interface LeaseOutcome {
  /** `undefined` when there is none. */
  readonly lease: LeaseRecord | undefined
  readonly change: LeaseChange | undefined
}

/** How often a change that lost against another one is tried again at once: every replica's sign of life is a change too. */
const mostTries = 4

/** The one Lease, asked of the API server. */
export class LeaseStore {
  readonly #api: KubernetesApi
  readonly #collection: string
  readonly #name: string
  readonly #timeout: Ms
  readonly #ending = new AbortController()

  constructor(api: KubernetesApi, lease: { namespace: string; name: string; timeout: Ms }) {
    this.#api = api
    this.#collection = `/apis/coordination.k8s.io/v1/namespaces/${lease.namespace}/leases`
    this.#name = lease.name
    this.#timeout = lease.timeout
  }

  /** `undefined` when there is none. */
  async read(): Promise<LeaseRecord | undefined> {
    try {
      return readLease(await this.#ask('GET', this.#path()))
    } catch (error) {
      if (statusOf(error) === 404) return undefined
      throw error
    }
  }

  /** Makes it; `undefined` when somebody else was faster. */
  async create({ annotations, spec }: LeaseChange): Promise<LeaseRecord | undefined> {
    const body = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: this.#name, annotations },
      spec,
    }
    try {
      return readLease(await this.#ask('POST', this.#collection, body))
    } catch (error) {
      if (statusOf(error) === 409) return undefined
      throw error
    }
  }

  /**
   * Reads the Lease and changes it as `decide` says, which gives `undefined` for no change. When the Lease was changed between the
   * two, nothing is written, and both are done again.
   */
  async change(decide: (lease: LeaseRecord) => LeaseChange | undefined): Promise<LeaseOutcome> {
    for (let tries = 1; ; tries++) {
      const lease = await this.read()
      const change = lease === undefined ? undefined : decide(lease)
      if (lease === undefined || change === undefined) return { lease, change }
      try {
        return { lease: await this.#patch(change, lease.resourceVersion), change }
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 409 || tries === mostTries) throw error
      }
    }
  }

  /** Changes annotations only we write, so it matters not what else changes. */
  async annotate(annotations: LeaseChange['annotations']): Promise<void> {
    await this.#ask('PATCH', this.#path(), { metadata: { annotations } })
  }

  /** Ends what is asked now, and whatever would be. */
  close(): void {
    this.#ending.abort()
  }

  async #patch({ annotations, spec }: LeaseChange, resourceVersion: string): Promise<LeaseRecord> {
    return readLease(
      await this.#ask('PATCH', this.#path(), { metadata: { resourceVersion, annotations }, spec }),
    )
  }

  #path(): string {
    return `${this.#collection}/${this.#name}`
  }

  #ask(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<unknown> {
    const options = { timeout: this.#timeout, signal: this.#ending.signal }
    return this.#api.request(method, path, body === undefined ? options : { ...options, body })
  }
}

/** What to do when the API server lets us not have the Lease. */
export function leaseRights(lease: { readonly namespace: string; readonly name: string }): string {
  const place = `in namespace ${quoted(lease.namespace)}`
  return `give our service account "create" on leases and "get", "update" and "patch" on lease ${quoted(lease.name)} ${place}`
}
