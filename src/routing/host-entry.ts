import type { CompiledRoute, RoutePlan } from './compiled-route.ts'
import { changedIndex, indexPaths, type PathIndex } from './path-index.ts'
import { compareRoutes } from './precedence.ts'
import { countBelow } from './prefix-groups.ts'

/**
 * The routes of one host, ready for requests. Ten thousand of them are visited at random, so what a request reads is
 * little and lies together: this object and its first routes.
 */
export interface HostEntry<R> {
  /** Listeners on which one of its routes stands; `undefined` when one stands on all of them. */
  readonly listeners: readonly string[] | undefined
  /** The most specific route; the others hang on its `next`. `undefined` when there is an index. */
  readonly first: CompiledRoute<R> | undefined
  /** For a host with more than a few routes. */
  readonly index: PathIndex<R> | undefined
  /** As the routes name it: `a.test`, `*.a.test`, `**.a.test`, `*`. */
  readonly pattern: string
  /** In order of precedence. */
  readonly routes: readonly CompiledRoute<R>[]
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
  pattern: string,
  old: HostEntry<R> | undefined,
  { gone, added }: HostChange<R>,
): HostEntry<R> | undefined {
  if (old?.index !== undefined && gone.length + added.length <= smallChange) {
    let { routes } = old
    for (const plan of gone) routes = without(routes, plan)
    for (const plan of added) routes = withPlan(routes, plan)
    if (routes.length > few) {
      const index = changedIndex(old.index, routes, [...gone, ...added])
      return { listeners: listenersOf(routes), first: undefined, index, pattern, routes }
    }
  }
  const lost = new Set(gone.map((plan) => plan.route))
  const kept = (old?.routes ?? []).filter((plan) => !lost.has(plan.route))
  return kept.length + added.length === 0 ? undefined : newEntry(pattern, [...kept, ...added])
}

function newEntry<R>(pattern: string, plans: RoutePlan<R>[]): HostEntry<R> {
  const sorted = plans.sort(compareRoutes)
  const listeners = listenersOf(sorted)
  if (sorted.length > few) {
    const routes = sorted.map((plan) => place(plan, undefined))
    return { listeners, first: undefined, index: indexPaths(routes), pattern, routes }
  }
  let first: CompiledRoute<R> | undefined
  const routes = sorted.toReversed().map((plan) => {
    first = place(plan, first)
    return first
  })
  return { listeners, first, index: undefined, pattern, routes: routes.reverse() }
}

/** Puts a plan under a host. Written out, so that all routes have one shape. */
function place<R>(plan: RoutePlan<R>, next: CompiledRoute<R> | undefined): CompiledRoute<R> {
  const { pathKind, pathValue, checks, runtime, pathRegex, route, clientBits } = plan
  return { kind: 'route', pathKind, pathValue, checks, next, runtime, pathRegex, route, clientBits }
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

function listenersOf<R>(plans: readonly RoutePlan<R>[]): readonly string[] | undefined {
  if (plans.some(({ route }) => route.match.listeners.length === 0)) return undefined
  return [...new Set(plans.flatMap(({ route }) => route.match.listeners))].toSorted()
}

/** Whether the host has a route on the listener. */
export function standsOn<R>(entry: HostEntry<R>, listener: string): boolean {
  return entry.listeners === undefined || entry.listeners.includes(listener)
}
