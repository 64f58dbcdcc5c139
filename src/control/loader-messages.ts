import type { Cluster } from '../model/cluster.ts'
import type { Listener } from '../model/listener.ts'
import type { Material } from '../model/material.ts'
import type { Model, ModelDifference } from '../model/model.ts'
import type { Problem } from '../model/problem.ts'
import type { MembershipChange } from '../model/replace-endpoints.ts'
import type { Route } from '../model/route.ts'
import type { SourceStatus } from '../model/source-status.ts'
import type { Ms } from '../std/units.ts'
import type { LoadOptions } from './load.ts'

/** What the loader's thread is started with. `previous` is the model that its first difference starts from. */
export interface LoaderStart {
  readonly options: LoadOptions
  readonly previous: Model | undefined
}

/** To the thread. */
export type LoaderRequest =
  /** Read the files again; or take what sources have told since. */
  | { readonly kind: 'load'; readonly what: 'files' | 'changes' }
  /** The part has arrived, send the next. */
  | { readonly kind: 'next' }
  /** A model is in force in every worker; not told of those that differ in endpoints alone. */
  | { readonly kind: 'inForce'; readonly hash: string }
  /** Take back what was said to others. */
  | { readonly kind: 'stop'; readonly atMost: Ms }

/** From the thread. */
export type LoaderReply =
  /** A difference comes in parts, each small enough to be unpacked between two turns of a traffic loop. */
  | { readonly kind: 'part'; readonly part: DifferencePart }
  | ({ readonly kind: 'end'; readonly head: DifferenceHead | undefined } & LoadFacts)
  /** Unasked: a source has told something, ask for the changes. */
  | { readonly kind: 'changed' }
  /** Unasked, and never between the parts of a difference: the way from the model sent last to the next. */
  | ({ readonly kind: 'membership' } & ToldMembership)
  | { readonly kind: 'sources'; readonly report: SourcesReport }
  | {
      readonly kind: 'log'
      readonly level: 'debug' | 'info' | 'warn' | 'error'
      readonly message: string
      readonly fields: Readonly<Record<string, unknown>>
    }
  | { readonly kind: 'stopped' }

/** How the sources stand; none for files alone. */
export interface SourcesReport {
  readonly sources: readonly SourceStatus[]
  /** Whether this process writes status and events; `undefined` where nobody does. */
  readonly isLeader: boolean | undefined
  /** How many gateways there are by the endpoints of the Service in front of them; `undefined` where that is not known, or not asked. */
  readonly gateways?: number | undefined
}

/** Endpoints that changed and nothing else. */
export interface ToldMembership {
  /** One after the other, each of no more than {@link partSize} clusters; none when only problems are others. */
  readonly changes: readonly MembershipChange[]
  /** All that there are now, when they are others than before. */
  readonly problems?: readonly Problem[]
}

/** What came of a load besides its difference. */
export interface LoadFacts {
  readonly result: 'good' | 'bad'
  /** What was read: files, or what sources told. */
  readonly what: 'files' | 'changes'
  readonly problems: readonly Problem[]
  /** Files that the configuration names, such as certificates: a change of one is a change of the configuration. */
  readonly files: readonly string[]
  /** Sources that have not told everything once; while there are some, the model is not to be served. */
  readonly waitingFor: readonly string[]
}

export type DifferencePart =
  | { readonly kind: 'listeners'; readonly put: readonly Listener[] }
  | { readonly kind: 'routes'; readonly put: readonly Route[] }
  | { readonly kind: 'clusters'; readonly put: readonly Cluster[] }
  | { readonly kind: 'materials'; readonly put: readonly Material[] }

/** A difference without what was put. */
export interface DifferenceHead extends Pick<ModelDifference, 'hash' | 'from' | 'settings'> {
  readonly removed: {
    readonly listeners: readonly string[]
    readonly routes: readonly string[]
    readonly clusters: readonly string[]
    readonly materials: readonly string[]
  }
}

/** Pieces in a part: about 2 ms to unpack and freeze. */
export const partSize = 200

/** Cuts a difference into its head and parts. */
export function cutDifference(difference: ModelDifference): {
  head: DifferenceHead
  parts: readonly DifferencePart[]
} {
  const { hash, from, settings, listeners, routes, clusters, materials } = difference
  const removed = {
    listeners: listeners.removed,
    routes: routes.removed,
    clusters: clusters.removed,
    materials: materials.removed,
  }
  const parts: DifferencePart[] = [
    ...slices(materials.put).map((put) => ({ kind: 'materials', put }) as const),
    ...slices(listeners.put).map((put) => ({ kind: 'listeners', put }) as const),
    ...slices(clusters.put).map((put) => ({ kind: 'clusters', put }) as const),
    ...slices(routes.put).map((put) => ({ kind: 'routes', put }) as const),
  ]
  return { head: { hash, from, settings, removed }, parts }
}

/** The difference that was cut. */
export function joinDifference(head: DifferenceHead, parts: readonly DifferencePart[]): ModelDifference {
  const { removed, hash, from, settings } = head
  const listeners = parts.flatMap((part) => (part.kind === 'listeners' ? part.put : []))
  const clusters = parts.flatMap((part) => (part.kind === 'clusters' ? part.put : []))
  const routes = parts.flatMap((part) => (part.kind === 'routes' ? part.put : []))
  const materials = parts.flatMap((part) => (part.kind === 'materials' ? part.put : []))
  return {
    hash,
    from,
    settings,
    listeners: { put: listeners, removed: removed.listeners },
    routes: { put: routes, removed: removed.routes },
    clusters: { put: clusters, removed: removed.clusters },
    materials: { put: materials, removed: removed.materials },
  }
}

/** Cuts a list into lists of no more than {@link partSize}. */
export function slices<T>(pieces: readonly T[]): readonly (readonly T[])[] {
  const cut: (readonly T[])[] = []
  for (let start = 0; start < pieces.length; start += partSize)
    cut.push(pieces.slice(start, start + partSize))
  return cut
}
