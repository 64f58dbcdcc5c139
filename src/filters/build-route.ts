import type { RateRule } from '../model/filters/rate-limit.ts'
import type { Route } from '../model/route.ts'
import { buildFilter } from './build.ts'
import { concurrencyLimit } from './concurrency-limit.ts'
import { runningConcurrency } from './concurrency-rule.ts'
import type { Filter } from './filter.ts'
import { LimitPlaces } from './limit-places.ts'
import { rateLimit } from './rate-limit.ts'
import { type LimitScope, runningRules } from './rate-limit-rule.ts'
import type { FilterServices } from './services.ts'

type CountedRoute = Pick<Route, 'id' | 'origin' | 'match' | 'filters'>

/**
 * Sets up the filters of a route in their order. Neighbouring rate limits become one filter, since together they are one question
 * to the limiter.
 */
export function buildFilters(route: CountedRoute, services: FilterServices): readonly Filter[] {
  const told = new Set<string>()
  const scope: LimitScope = { ...limitScope(route), told, places: new LimitPlaces() }
  const path = route.match.path
  const filters: Filter[] = []
  let pending: RateRule[] = []

  function closeLimits(): void {
    if (pending.length === 0) return
    filters.push(rateLimit(runningRules(pending, scope, path), route.id, services))
    pending = []
  }

  for (const spec of route.filters) {
    if (spec.kind === 'rateLimit') {
      pending.push(...spec.rules)
      continue
    }
    closeLimits()
    if (spec.kind === 'concurrencyLimit') {
      const rule = runningConcurrency(spec, scope, path)
      filters.push(concurrencyLimit(rule, route.id, services))
      continue
    }
    const filter = buildFilter(spec, path, services)
    filters.push(filter)
    // An edit is no word on who asks.
    if (filter.kind !== 'requestHeaders') for (const name of filter.ownNames ?? []) told.add(name)
  }
  closeLimits()
  return filters
}

/** An Ingress has one count for all its paths, as its annotation says one thing of them all; names are shared in its namespace. */
function limitScope({ id, origin }: CountedRoute): Pick<LimitScope, 'own' | 'shared'> {
  if (origin.source !== 'kubernetes') return { own: `route ${id}`, shared: '' }
  const namespace = origin.file.slice(origin.file.indexOf(' ') + 1).split('/')[0] ?? ''
  return { own: origin.file, shared: `namespace ${namespace}` }
}
