import type { Filter } from '../filters/filter.ts'
import type { Retry, Route, UpgradeRules } from '../model/route.ts'
import type { NameTree } from '../names/name-tree.ts'
import type { Bytes, Ms } from '../std/units.ts'
import type { Cluster } from '../upstream/cluster.ts'
import type { ExtensionStage } from './extension/stage.ts'

/** A route as a request meets it: everything that can be worked out beforehand is. */
export interface RouteRuntime {
  readonly id: string
  /** Its row in the metric tables. */
  readonly series: number
  readonly filters: readonly Filter[]
  /** Request headers that the upstream hears from filters alone. */
  readonly ownNames: readonly string[]
  readonly answers: 'filters' | 'upstream'
  readonly target: NameTree<Cluster>
  readonly totalMs: Ms
  readonly perTryMs: Ms
  readonly idleMs: Ms
  /** -1 takes the listener's limit; 0 is none. */
  readonly bodyLimit: Bytes
  /** `Infinity` is none. */
  readonly responseLimit: Bytes
  /** Bytes of request to collect before anything goes upstream; 0 streams. */
  readonly bufferBytes: Bytes
  readonly streaming: boolean
  readonly retry: Retry
  readonly upgrade: UpgradeRules
  /** Where it is divided by extensions: all else, save times and limits, is then of the part in front. */
  readonly extension: ExtensionStage | undefined
}

/**
 * Works a route out: clusters in place of their ids, `Infinity` in place of "none".
 *
 * @param cluster gives the running cluster of an id; `undefined` makes a leaf `neg`.
 */
export function routeRuntime(
  route: Route,
  series: number,
  filters: readonly Filter[],
  cluster: (id: string) => Cluster | undefined,
): RouteRuntime {
  const streaming = route.body.mode === 'stream'
  return {
    id: route.id,
    series,
    filters: filters.length === 0 ? noFilters : filters,
    ownNames: filters.length === 0 ? noNames : filters.flatMap(({ ownNames }) => ownNames ?? noNames),
    answers: route.target.kind === 'neg' ? 'filters' : 'upstream',
    target: withClusters(route.target, cluster),
    totalMs: streaming ? Number.POSITIVE_INFINITY : orInfinity(route.timeouts.total),
    perTryMs: orInfinity(route.timeouts.perTry),
    idleMs: orInfinity(route.timeouts.idle),
    bodyLimit: streaming ? 0 : route.body.limit === 'listener' ? -1 : route.body.limit,
    responseLimit: route.body.responseLimit === 0 ? Number.POSITIVE_INFINITY : route.body.responseLimit,
    bufferBytes: route.body.buffer,
    streaming,
    retry: shared(route.retry, retriesByText),
    upgrade: shared(route.upgrade, upgradesByText),
    extension: undefined,
  }
}

const retriesByText = new Map<string, Retry>()
const upgradesByText = new Map<string, UpgradeRules>()
/** More different settings of one kind than this are nobody's plan; they are then not shared. */
const mostShared = 1000

/** One object for equal settings, so that thousands of routes read the same few cache lines. */
function shared<Settings>(settings: Settings, byText: Map<string, Settings>): Settings {
  const text = JSON.stringify(settings)
  const known = byText.get(text)
  if (known !== undefined) return known
  if (byText.size < mostShared) byText.set(text, settings)
  return settings
}

const noFilters: readonly Filter[] = []
const noNames: readonly string[] = []
const leafByCluster = new WeakMap<Cluster, NameTree<Cluster>>()

function sharedLeaf(cluster: Cluster): NameTree<Cluster> {
  const known = leafByCluster.get(cluster)
  if (known !== undefined) return known
  const leaf = { kind: 'leaf', value: cluster } as const
  leafByCluster.set(cluster, leaf)
  return leaf
}

function orInfinity(timeout: Ms | 'none'): Ms {
  return timeout === 'none' ? Number.POSITIVE_INFINITY : timeout
}

function withClusters(
  tree: NameTree<string>,
  cluster: (id: string) => Cluster | undefined,
): NameTree<Cluster> {
  switch (tree.kind) {
    case 'leaf': {
      const found = cluster(tree.value)
      return found === undefined ? { kind: 'neg' } : sharedLeaf(found)
    }
    case 'alt':
      return { kind: 'alt', trees: tree.trees.map((t) => withClusters(t, cluster)) }
    case 'union':
      return {
        kind: 'union',
        branches: tree.branches.map((b) => ({ weight: b.weight, tree: withClusters(b.tree, cluster) })),
      }
    case 'neg':
    case 'fail':
    case 'empty':
      return tree
  }
}
