import type { Parts } from './build.ts'
import type { Problem } from './problem.ts'
import type { Locate } from './validate.ts'

/** Whether what is to be counted in a Redis has one. */
export function checkStores({ settings, routes }: Parts, locate: Locate): readonly Problem[] {
  if (settings.redis !== undefined) return []
  const problems: Problem[] = []
  for (const { origin, content } of routes)
    for (const filter of content.filters)
      if (filter.kind === 'concurrencyLimit' && filter.store === 'redis')
        problems.push({
          severity: 'error',
          origin: locate(origin, 'filters', 'redis'),
          message: 'a limit of concurrency is to be counted in "redis", and there is none',
          remedy: 'write "redis: { url: … }" at the top, or "store: memory"',
        })
  return problems
}
