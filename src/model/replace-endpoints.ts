import { deepFreeze } from '../std/freeze.ts'
import type { Cluster, EndpointSpec } from './cluster.ts'
import { endpointsText } from './endpoints-text.ts'
import { fingerprintText } from './hash.ts'
import type { Model } from './model.ts'

/**
 * Other endpoints in some clusters of a model, and nothing else: what happens with every pod that comes or goes. It is one text on
 * its way, which costs next to nothing to hand on.
 */
export interface MembershipChange {
  /** Hash of the model this leads to. */
  readonly hash: string
  /** Hash of the model this starts from. */
  readonly from: string
  /** JSON of {@link MemberEntry}s. */
  readonly members: string
}

/** A cluster's id and all its endpoints. */
export type MemberEntry = readonly [id: string, endpoints: readonly EndpointSpec[]]

/** The entries of a change. */
export function membersOf(change: MembershipChange): readonly MemberEntry[] {
  return JSON.parse(change.members) as readonly MemberEntry[]
}

/**
 * The change that brings endpoints to the clusters of a model; `undefined` when all are there already. Its hash follows from the
 * one before.
 *
 * @param entries clusters that the model does not have, and endpoints that are the same, are passed over.
 */
export function membershipChange(model: Model, entries: Iterable<MemberEntry>): MembershipChange | undefined {
  const news: string[] = []
  for (const [id, endpoints] of entries) {
    const before = model.clusters[placeOf(model.clusters, id)]?.endpoints
    if (before === undefined || before === endpoints) continue
    const text = endpointsText(endpoints)
    if (text !== endpointsText(before)) news.push(`[${JSON.stringify(id)},${text}]`)
  }
  if (news.length === 0) return undefined
  const members = `[${news.join()}]`
  return { hash: fingerprintText(model.hash + members), from: model.hash, members }
}

/** The model that a change leads to. Everything else is shared with the model before, and nothing of it is looked at. */
export function replaceEndpoints(model: Model, hash: string, entries: Iterable<MemberEntry>): Model {
  const clusters = [...model.clusters]
  for (const [id, endpoints] of entries) {
    const place = placeOf(clusters, id)
    const before = clusters[place]
    if (before !== undefined) clusters[place] = Object.freeze({ ...before, endpoints: deepFreeze(endpoints) })
  }
  return Object.freeze({ ...model, hash, clusters: Object.freeze(clusters) })
}

/** Where a cluster is among those of a model, which are in the order of their ids; -1 when it is not there. */
function placeOf(clusters: readonly Cluster[], id: string): number {
  let low = 0
  let high = clusters.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const found = clusters[middle]?.id ?? ''
    if (found === id) return middle
    if (found < id) low = middle + 1
    else high = middle - 1
  }
  return -1
}
