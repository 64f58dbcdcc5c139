import type { Cluster } from './cluster.ts'
import type { Listener } from './listener.ts'
import type { Material } from './material.ts'
import type { Problem } from './problem.ts'
import type { Route } from './route.ts'
import type { Settings } from './settings.ts'

/** Everything the operator said, in canonical order, deeply frozen, JSON-able. */
export interface Model {
  /** Of all parts; equal hashes mean nothing has to be done. */
  readonly hash: string
  readonly settings: Settings
  readonly listeners: readonly Listener[]
  /** By rank. */
  readonly routes: readonly Route[]
  readonly clusters: readonly Cluster[]
}

/** What translators return: the pieces that stand and the mistakes that do not. */
export interface Translation {
  readonly model: Model | undefined
  readonly problems: readonly Problem[]
  /** Those that the model names; none without a model. */
  readonly materials: readonly Material[]
}

/** What changed between two models, by id; sent to workers instead of the whole. */
export interface ModelDifference {
  /** Hash of the model this leads to. */
  readonly hash: string
  /** Hash of the model this starts from; `""` for an empty one. */
  readonly from: string
  readonly settings: Settings
  readonly listeners: Changes<Listener>
  readonly routes: Changes<Route>
  /** A cluster whose endpoints alone changed is in `put` too; its equal `hash` tells. */
  readonly clusters: Changes<Cluster>
  /** Never printed. What was removed may be forgotten once the model is in force. */
  readonly materials: Changes<Material>
}

export interface Changes<T> {
  readonly put: readonly T[]
  readonly removed: readonly string[]
}
