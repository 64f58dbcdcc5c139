import { quoted } from '../../std/quoted.ts'
import { estimateProgram } from '../../std/regex.ts'
import type { IngressRoutes } from './ingress-routes.ts'
import { type ObjectFlaw, problemAt, refused } from './object-problem.ts'
import type { IngressRead } from './read-ingress.ts'

/**
 * Routes that one Ingress may make. Its paths are bounded by the size of an object; multiplied with address blocks, canaries or
 * aliases they would be millions.
 */
export const mostRoutes = 20_000

/** Instructions of all regular expressions in a namespace: to compile them stops a worker's loop for about half a second. */
const mostSteps = 200_000

/** A path that is closed rather than multiplied. */
export function tooManyRoutes(): ObjectFlaw {
  const message = `paths times address blocks and canaries come to more than ${mostRoutes} routes: from here on, paths answer 503`
  return refused('IngressTooLarge', message, 'write wider blocks, or divide the Ingress')
}

/** A host that gets none of the paths. */
export function tooManyAliases(host: string): ObjectFlaw {
  const message = `host ${quoted(host)} is left out: paths times hosts come to more than ${mostRoutes}`
  return refused('IngressTooLarge', message, 'divide the Ingress')
}

/**
 * Leaves out what is too much for workers to compile while they carry the traffic of everybody: the youngest Ingresses of a
 * namespace whose regular expressions are too many together.
 *
 * @param made oldest first.
 */
export function withinBudget(
  made: ReadonlyMap<IngressRead, IngressRoutes>,
): ReadonlyMap<IngressRead, IngressRoutes> {
  const spent = new Map<string, number>()
  const kept = new Map(made)
  for (const [read, routes] of made) {
    const steps = stepsOf(routes)
    const { namespace } = read.ref
    const total = (spent.get(namespace) ?? 0) + steps
    if (steps === 0 || total <= mostSteps) {
      spent.set(namespace, total)
      continue
    }
    const problem = problemAt(read.ref, 'spec', tooManySteps(namespace))
    kept.set(read, { routes: [], regexes: [], wishes: [], problems: [problem] })
  }
  return kept
}

function tooManySteps(namespace: string): ObjectFlaw {
  const message = `the Ingress is left out: regular expressions of namespace ${quoted(namespace)} come to more than ${mostSteps} steps together`
  return refused('IngressTooLarge', message, 'use paths of type Prefix, or simpler expressions')
}

const known = new WeakMap<IngressRoutes, number>()

/** A pattern of a match is compiled once for all routes, that of a rewrite for each. */
function stepsOf(made: IngressRoutes): number {
  const before = known.get(made)
  if (before !== undefined) return before
  const sizes = new Map<string, number>()
  const sizeOf = (pattern: string): number => {
    const size = sizes.get(pattern) ?? estimateProgram(pattern)
    sizes.set(pattern, size)
    return size
  }
  let steps = 0
  const matched = new Set<string>()
  for (const { content } of [...made.routes, ...made.regexes.map(({ draft }) => draft)]) {
    const { path, headers, cookies, query } = content.match
    if (path.kind === 'regex') matched.add(path.value)
    for (const { value } of [...headers, ...cookies, ...query])
      if (value.kind === 'regex') matched.add(value.value)
    for (const filter of content.filters) {
      const rewrite = filter.kind === 'rewrite' ? filter.path : undefined
      const redirect = filter.kind === 'redirect' ? filter.redirect.path : undefined
      for (const part of [rewrite, redirect]) if (part?.kind === 'regex') steps += sizeOf(part.pattern)
    }
  }
  for (const pattern of matched) steps += sizeOf(pattern)
  known.set(made, steps)
  return steps
}
