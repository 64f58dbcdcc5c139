import type { CompiledRoute } from './compiled-route.ts'
import { indexPaths, type PathIndex } from './path-index.ts'
import { compareRoutes } from './precedence.ts'

/** The routes of one host, ready for requests. Small on purpose: ten thousand of them are visited at random. */
export interface HostEntry<R> extends PathIndex<R> {
  /** As the routes name it: `a.test`, `*.a.test`, `**.a.test`, `*`. */
  readonly pattern: string
  /** Listeners on which one of its routes stands; `undefined` when one stands on all of them. */
  readonly listeners: readonly string[] | undefined
  /** In order of precedence. */
  readonly routes: readonly CompiledRoute<R>[]
}

/** @param routes at least one, in any order. */
export function hostEntry<R>(pattern: string, routes: readonly CompiledRoute<R>[]): HostEntry<R> {
  const sorted = routes.toSorted(compareRoutes)
  const { exact, regexes, prefixes } = indexPaths(sorted)
  const everywhere = sorted.some(({ route }) => route.match.listeners.length === 0)
  const listeners = everywhere
    ? undefined
    : [...new Set(sorted.flatMap(({ route }) => route.match.listeners))].toSorted()
  return { pattern, listeners, routes: sorted, exact, regexes, prefixes }
}

/** Whether the host has a route on the listener. */
export function standsOn<R>(entry: HostEntry<R>, listener: string): boolean {
  return entry.listeners === undefined || entry.listeners.includes(listener)
}
