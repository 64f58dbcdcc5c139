import { deepFreeze } from '../std/freeze.ts'
import type { Cluster } from './cluster.ts'
import { endpointsText } from './endpoints-text.ts'
import { fingerprint, fingerprintText } from './hash.ts'
import type { Listener } from './listener.ts'
import type { Model } from './model.ts'
import type { Origin } from './origin.ts'
import { assignRanks } from './ranks.ts'
import type { Route } from './route.ts'
import type { Settings } from './settings.ts'

/** A piece before its hash is known: what is hashed, and where it came from, which is not. */
export interface Draft<T> {
  readonly origin: Origin
  readonly content: Omit<T, 'origin' | 'hash'>
}

/** A route before its rank is known. Drafts of one content share its fingerprint. */
export interface RouteDraft {
  readonly origin: Origin
  readonly content: Omit<Route, 'origin' | 'hash' | 'rank'>
}

/** What translators found, before it becomes a model. */
export interface Parts {
  readonly settings: Settings
  readonly listeners: readonly Draft<Listener>[]
  /** In the order that decides between equals; ids may repeat. */
  readonly routes: readonly RouteDraft[]
  readonly clusters: readonly Draft<Cluster>[]
}

/**
 * Makes a model: ids told apart, ranks given, everything hashed, in canonical order and frozen.
 *
 * @param ranks of the routes of the model before, by id, so that what did not move keeps its rank.
 */
export function buildModel(parts: Parts, ranks: ReadonlyMap<string, number>): Model {
  const settings = deepFreeze(parts.settings)
  const listeners = byId(parts.listeners.map(hashed))
  const clusters = byId(parts.clusters.map(hashedCluster))
  const { routes, fingerprints } = rankedRoutes(parts.routes, ranks)
  const all = [
    fingerprint(settings),
    ...listeners.map(({ hash }) => hash),
    ...fingerprints,
    ...clusters.map(({ hash, endpoints }) => hash + endpointsText(endpoints)),
  ]
  return deepFreeze({ hash: fingerprintText(all.join('\n')), settings, listeners, routes, clusters })
}

const listenersByContent = new WeakMap<Draft<Listener>['content'], Listener>()

function hashed({ origin, content }: Draft<Listener>): Listener {
  const known = listenersByContent.get(content)
  if (known !== undefined && known.origin === origin) return known
  const listener = deepFreeze({
    ...content,
    origin,
    hash: known?.hash ?? fingerprint(withoutOrigins(content)),
  })
  listenersByContent.set(content, listener)
  return listener
}

/** What was made of a content before: a translator that gives the same content again gets the same cluster. */
const clustersByContent = new WeakMap<Draft<Cluster>['content'], Cluster>()

function hashedCluster({ origin, content }: Draft<Cluster>): Cluster {
  const known = clustersByContent.get(content)
  if (known !== undefined && known.origin === origin) return known
  const { endpoints, ...shape } = content
  const hash = known?.hash ?? fingerprint(withoutOrigins(shape))
  const cluster = deepFreeze({ ...content, endpoints, origin, hash })
  clustersByContent.set(content, cluster)
  return cluster
}

/** What is hashed of a piece with TLS: its certificates have places of their own. */
function withoutOrigins(content: { readonly tls: unknown }): unknown {
  if (content.tls === undefined) return content
  return {
    ...content,
    tls: JSON.stringify(content.tls, (key, value) => (key === 'origin' ? undefined : value)),
  }
}

/** The fingerprint of a route's content, which takes longer than anything else here, once for each content. */
const fingerprintsByContent = new WeakMap<RouteDraft['content'], string>()
/** The route that was made last of a content. */
const routesByContent = new WeakMap<RouteDraft['content'], Route>()

function rankedRoutes(drafts: readonly RouteDraft[], previous: ReadonlyMap<string, number>) {
  const ids = distinctIds(drafts.map(({ content }) => content.id))
  const ranks = assignRanks(ids, previous)
  const fingerprints: string[] = []
  const routes: Route[] = []
  for (const [index, { origin, content }] of drafts.entries()) {
    const known = fingerprintsByContent.get(content)
    const print = known ?? fingerprintText(routeText(content))
    if (known === undefined) fingerprintsByContent.set(deepFreeze(content), print)
    const id = ids[index] ?? content.id
    const rank = ranks[index] ?? 0
    fingerprints.push(id, print)
    const before = routesByContent.get(content)
    const isSame = before?.origin === origin && before.id === id && before.rank === rank
    const route = isSame
      ? before
      : { ...content, id, origin: Object.freeze(origin), rank, hash: `${print}@${rank}` }
    if (!isSame) routesByContent.set(content, Object.freeze(route))
    routes.push(route)
  }
  return { routes: Object.freeze(routes), fingerprints }
}

/** What is hashed of a route. Parts that most routes share, since they leave them out, are put into text once. */
function routeText({ id, hosts, match, filters, target, ...shared }: RouteDraft['content']): string {
  const { timeouts, retry, body, upgrade, accessLog, ...forgotten } = shared
  forgotten satisfies Record<string, never>
  const own = JSON.stringify([id, hosts, match, filters, target])
  return own + [timeouts, retry, body, upgrade, accessLog].map(sharedText).join()
}

const sharedTexts = new WeakMap<object, string>()

function sharedText(part: object): string {
  const known = sharedTexts.get(part)
  if (known !== undefined) return known
  const text = JSON.stringify(part)
  sharedTexts.set(part, text)
  return text
}

/** Adds `#2`, `#3` … to ids that came before, in order. */
export function distinctIds(ids: readonly string[]): readonly string[] {
  const taken = new Set(ids)
  const counts = new Map<string, number>()
  return ids.map((id) => {
    let count = (counts.get(id) ?? 0) + 1
    let distinct = id
    if (count > 1) {
      while (taken.has(`${id}#${count}`)) count += 1
      distinct = `${id}#${count}`
      taken.add(distinct)
    }
    counts.set(id, count)
    return distinct
  })
}

function byId<T extends { readonly id: string }>(pieces: T[]): readonly T[] {
  return pieces.sort(compareIds)
}

/** The canonical order of listeners and clusters: by id, code unit by code unit. */
export function compareIds(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
