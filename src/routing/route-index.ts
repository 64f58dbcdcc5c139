import type { CompiledRoute } from './compiled-route.ts'

/**
 * Routes by id, in 64 parts: a change copies the parts it touches and shares the rest, so that one route among
 * 30,000 costs a copy of about 500 entries.
 */
export type RouteIndex<R> = readonly ReadonlyMap<string, CompiledRoute<R>>[]

const parts = 64

export function emptyIndex<R>(): RouteIndex<R> {
  return Array.from({ length: parts }, () => new Map())
}

export function routeById<R>(index: RouteIndex<R>, id: string): CompiledRoute<R> | undefined {
  return index[partOf(id)]?.get(id)
}

/** The index without the routes of `removed` and with those of `put`; the old one stays as it is. */
export function withRoutes<R>(
  index: RouteIndex<R>,
  removed: readonly string[],
  put: readonly CompiledRoute<R>[],
): RouteIndex<R> {
  const copies = new Map<number, Map<string, CompiledRoute<R>>>()
  const part = (id: string) => {
    const number = partOf(id)
    const copy = copies.get(number) ?? new Map(index[number])
    copies.set(number, copy)
    return copy
  }
  for (const id of removed) part(id).delete(id)
  for (const route of put) part(route.route.id).set(route.route.id, route)
  return index.map((old, number) => copies.get(number) ?? old)
}

/** FNV-1a over code units, folded to a part's number. */
function partOf(id: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  return (hash ^ (hash >>> 16)) & (parts - 1)
}
