import type { Cluster as ClusterSpec } from '../model/cluster.ts'
import type { Changes } from '../model/model.ts'
import { Cluster } from './cluster.ts'
import type { ClusterStatus } from './cluster-status.ts'
import type { UpstreamDeps } from './deps.ts'

/** The clusters of this process by id. */
export class Registry implements AsyncDisposable {
  readonly #deps: UpstreamDeps
  readonly #clusters = new Map<string, Cluster>()

  constructor(deps: UpstreamDeps) {
    this.#deps = deps
  }

  cluster(id: string): Cluster | undefined {
    return this.#clusters.get(id)
  }

  /**
   * Takes what changed. A cluster that stays keeps its object; an endpoint that stays keeps its connections, its health and
   * its requests; one that goes gets no more requests, and so with clusters.
   */
  apply(changes: Changes<ClusterSpec>): void {
    for (const id of changes.removed) {
      this.#clusters.get(id)?.close()
      this.#clusters.delete(id)
    }
    for (const spec of changes.put) {
      const known = this.#clusters.get(spec.id)
      const cluster = known ?? new Cluster(spec, this.#deps)
      this.#clusters.set(spec.id, cluster)
      cluster.apply(spec)
    }
  }

  /** Settles when every name was looked up once, whatever came of it: a process is not ready before. */
  async resolved(): Promise<void> {
    await Promise.all([...this.#clusters.values()].map((cluster) => cluster.resolved()))
  }

  /** All clusters, by id. */
  describe(): ClusterStatus[] {
    return [...this.#clusters.values()]
      .map((cluster) => cluster.describe())
      .sort((one, other) => (one.id < other.id ? -1 : 1))
  }

  /** Ends all clusters: requests in flight are not touched. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const cluster of this.#clusters.values()) cluster.close()
    this.#clusters.clear()
  }
}
