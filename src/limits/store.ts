import type { Clock } from '../std/clock.ts'
import type { LimitCounts } from './limit-counts.ts'
import type { StoreEvent } from './limiter.ts'
import type { StoreHealth } from './store-health.ts'
import type { Elsewhere, StoreLink } from './store-link.ts'

/** One server that counts, and whether it is to be asked. */
export interface StoreNode {
  /** What the log calls it: `10.0.0.5:6379`. */
  readonly name: string
  readonly link: StoreLink
  readonly health: StoreHealth
}

/** Where limits are counted together: one server, or the nodes of a Cluster. */
export interface Store {
  /** What to ask the nodes for is known, and one of them answers. */
  readonly isUp: boolean
  readonly scriptLoads: number
  /** Keys with the same number may stand in one question. */
  slotOf(key: string): number
  /** Who is asked about keys of a slot; `undefined` while that is not known. */
  nodeOf(slot: number): StoreNode | undefined
  /** Who is asked instead of a node that sent us elsewhere; `undefined` when it cannot be asked now. */
  follow(slot: number, from: StoreNode, elsewhere: Elsewhere): StoreNode | undefined
  /** Resolves once it is known which nodes answer, which takes some seconds at most. */
  start(): Promise<void>
  close(): void
}

export interface StoreDeps {
  readonly clock: Clock
  readonly counts: LimitCounts
  readonly onEvent: (event: StoreEvent) => void
  /** No more answers of this node are to be waited for. */
  readonly onDown: (node: StoreNode) => void
}
