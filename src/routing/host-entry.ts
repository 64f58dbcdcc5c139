import type { CompiledRoute, RoutePlan } from './compiled-route.ts'
import { indexPaths, type PathIndex } from './path-index.ts'
import { compareRoutes } from './precedence.ts'

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

/** Up to this many routes are asked one after the other, which touches less memory than an index. */
const few = 8

/** @param plans at least one, in any order. */
export function hostEntry<R>(pattern: string, plans: readonly RoutePlan<R>[]): HostEntry<R> {
  const sorted = plans.toSorted(compareRoutes)
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
  return { listeners, first, index: undefined, pattern, routes: routes.toReversed() }
}

/** Puts a plan under a host. Written out, so that all routes have one shape. */
function place<R>(plan: RoutePlan<R>, next: CompiledRoute<R> | undefined): CompiledRoute<R> {
  const { pathKind, pathValue, checks, runtime, pathRegex, route, clientBits } = plan
  return { kind: 'route', pathKind, pathValue, checks, next, runtime, pathRegex, route, clientBits }
}

function listenersOf<R>(plans: readonly RoutePlan<R>[]): readonly string[] | undefined {
  if (plans.some(({ route }) => route.match.listeners.length === 0)) return undefined
  return [...new Set(plans.flatMap(({ route }) => route.match.listeners))].toSorted()
}

/** Whether the host has a route on the listener. */
export function standsOn<R>(entry: HostEntry<R>, listener: string): boolean {
  return entry.listeners === undefined || entry.listeners.includes(listener)
}
