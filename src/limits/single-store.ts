import type { LimitCounts } from './limit-counts.ts'
import type { Store, StoreDeps, StoreNode } from './store.ts'
import { StoreHealth } from './store-health.ts'
import type { StoreLink } from './store-link.ts'
import { probeOf } from './store-scripts.ts'

export interface SingleStoreOptions {
  /** What the log calls it. */
  readonly name: string
  readonly link: StoreLink
  /** In front of every key. */
  readonly prefix: string
}

/** One server that counts everything: all keys may stand in one question. */
export class SingleStore implements Store {
  readonly #node: StoreNode
  readonly #counts: LimitCounts

  constructor({ name, link, prefix }: SingleStoreOptions, { clock, counts, onEvent, onDown }: StoreDeps) {
    const probe = probeOf(`${prefix}probe`)
    const health = new StoreHealth({
      clock,
      link,
      counts,
      probe: () => probe,
      onChange: (change) => {
        counts.store = change.to
        counts.transitions++
        counts.nodesDown = change.to === 'down' ? 1 : 0
        onEvent({ store: name, ...change })
        if (change.to === 'down') onDown(this.#node)
      },
      onRefusal: (cause) => onEvent({ store: name, from: 'up', to: 'up', cause }),
    })
    this.#counts = counts
    this.#node = { name, link, health }
  }

  get isUp(): boolean {
    return this.#node.health.isUp
  }

  get scriptLoads(): number {
    return this.#node.link.scriptLoads
  }

  slotOf(): number {
    return 0
  }

  nodeOf(): StoreNode {
    return this.#node
  }

  /** A single server that sends us elsewhere is a node of a Cluster, and configured as if it were none. */
  follow(): undefined {
    return undefined
  }

  start(): Promise<void> {
    this.#counts.store = 'starting'
    return this.#node.health.start()
  }

  close(): void {
    this.#node.health.close()
    this.#node.link.close()
  }
}
