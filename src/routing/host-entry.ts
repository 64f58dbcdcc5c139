import type { CompiledRoute, RoutePlan } from './compiled-route.ts'
import { changedIndex, indexPaths, type PathIndex } from './path-index.ts'
import { compareRoutes } from './precedence.ts'
import { countBelow } from './prefix-groups.ts'

/**
 * The routes of one host, ready for requests: for most hosts nothing but their first route, on whose `next` the others hang.
 * Ten thousand hosts are visited at random, and every object on the way costs a request a trip to memory.
 */
export type HostEntry<R> = CompiledRoute<R> | RouteGroup<R>

/** The routes of a host that has many of them, or not one for all listeners. */
interface RouteGroup<R> {
  readonly kind: 'group'
  /** Listeners on which one of its routes stands; `undefined` when one stands on all of them. */
  readonly listeners: readonly string[] | undefined
  /** The most specific route; the others hang on its `next`. `undefined` when there is an index. */
  readonly first: CompiledRoute<R> | undefined
  /** For a host with more than a few routes. */
  readonly index: PathIndex<R> | undefined
  /** In order of precedence. */
  readonly routes: readonly CompiledRoute<R>[]
}

/** The routes of a host, in order of precedence. */
export function routesOf<R>(entry: HostEntry<R>): readonly CompiledRoute<R>[] {
  if (entry.kind === 'group') return entry.routes
  const routes: CompiledRoute<R>[] = []
  for (let route: CompiledRoute<R> | undefined = entry; route !== undefined; route = route.next)
    routes.push(route)
  return routes
}

/** Listeners on which one of its routes stands; `undefined` when one stands on all of them. */
export function listenersOf<R>(entry: HostEntry<R>): readonly string[] | undefined {
  return entry.kind === 'group' ? entry.listeners : undefined
}

/** Whether the host has a route on the listener. */
export function standsOn<R>(entry: HostEntry<R>, listener: string): boolean {
  return entry.kind === 'route' || entry.listeners === undefined || entry.listeners.includes(listener)
}

/** What happens to the routes of a host. */
export interface HostChange<R> {
  /** Plans of routes it has and shall lose; what they keep does not matter. */
  readonly gone: readonly RoutePlan<unknown>[]
  readonly added: readonly RoutePlan<R>[]
}

/** Up to this many routes are asked one after the other, which touches less memory than an index. */
const few = 8

/** Up to this many changed routes of an indexed host are worked into its index; more, and it is built anew. */
const smallChange = 16

/** The entry of a host after a change; `undefined` when no route is left. */
export function changedEntry<R>(
  old: HostEntry<R> | undefined,
  { gone, added }: HostChange<R>,
): HostEntry<R> | undefined {
  if (old?.kind === 'group' && old.index !== undefined && gone.length + added.length <= smallChange) {
    let { routes } = old
    for (const plan of gone) routes = without(routes, plan)
    for (const plan of added) routes = withPlan(routes, plan)
    if (routes.length > few) return indexed(routes, changedIndex(old.index, routes, [...gone, ...added]))
  }
  const lost = new Set(gone.map((plan) => plan.route))
  const kept = old === undefined ? [] : routesOf(old).filter((plan) => !lost.has(plan.route))
  return newEntry([...kept, ...added])
}

function newEntry<R>(plans: RoutePlan<R>[]): HostEntry<R> | undefined {
  const sorted = plans.sort(compareRoutes)
  if (sorted.length > few) {
    const routes = sorted.map((plan) => place(plan, undefined))
    return indexed(routes, indexPaths(routes))
  }
  const first = sorted.reduceRight<CompiledRoute<R> | undefined>((next, plan) => place(plan, next), undefined)
  const listeners = listenersAmong(sorted)
  if (first === undefined || listeners === undefined) return first
  return { kind: 'group', listeners, first, index: undefined, routes: routesOf(first) }
}

function indexed<R>(routes: readonly CompiledRoute<R>[], index: PathIndex<R>): RouteGroup<R> {
  return { kind: 'group', listeners: listenersAmong(routes), first: undefined, index, routes }
}

/** Puts a plan under a host. Written out, so that all routes have one shape, with what a route not taken is asked for in front. */
function place<R>(plan: RoutePlan<R>, next: CompiledRoute<R> | undefined): CompiledRoute<R> {
  const { pathKind, pathValue, checks, runtime, pathRegex, route, clientBits } = plan
  return { kind: 'route', pathKind, pathValue, next, checks, runtime, pathRegex, route, clientBits }
}

function without<R>(
  routes: readonly CompiledRoute<R>[],
  plan: RoutePlan<unknown>,
): readonly CompiledRoute<R>[] {
  const at = countBelow(routes, (route) => compareRoutes(route, plan) < 0)
  return routes[at]?.route === plan.route ? routes.toSpliced(at, 1) : routes
}

function withPlan<R>(routes: readonly CompiledRoute<R>[], plan: RoutePlan<R>): readonly CompiledRoute<R>[] {
  const at = countBelow(routes, (route) => compareRoutes(route, plan) < 0)
  return routes.toSpliced(at, 0, place(plan, undefined))
}

function listenersAmong<R>(plans: readonly RoutePlan<R>[]): readonly string[] | undefined {
  if (plans.some(({ route }) => route.match.listeners.length === 0)) return undefined
  return [...new Set(plans.flatMap(({ route }) => route.match.listeners))].toSorted()
}
