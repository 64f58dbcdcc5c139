import type { BrokenExtension, BrokenRoute } from '../extend/broken-extension.ts'
import type { Origin } from '../model/origin.ts'
import type { Problem } from '../model/problem.ts'
import type { Ms } from '../std/units.ts'

/** Routes that a problem names; of the others it says how many they are. */
const mostNamed = 5

/**
 * What cannot start, as problems shown where its code stands. Several processes, and several groups with the same module, fail for one
 * reason: it stands once, with the routes of all.
 */
export function extensionProblems(broken: readonly BrokenExtension[]): readonly Problem[] {
  const reasons = Map.groupBy(broken, ({ label, file, failure: { message, place } }) =>
    JSON.stringify([label, file, message, place]),
  )
  return [...reasons.values()].map(problemOf)
}

function problemOf(same: readonly BrokenExtension[]): Problem {
  const [{ label, file, failure }] = same as readonly [BrokenExtension]
  const since = Math.min(...same.map((one) => one.since))
  return {
    severity: 'error',
    origin: originOf(failure.place, file),
    message: `extension "${label}" cannot start since ${isoTime(since)}: ${failure.message}`,
    remedy: `mend it; ${meanwhile(same.flatMap(({ routes }) => routes))}`,
  }
}

/** Failures name a line and no column. */
function originOf(place: string, file: string): Origin {
  const [, where, line] = /^(.*):(\d+)$/.exec(place) ?? []
  if (where === undefined) return { source: 'file', file, line: 0, column: 0, field: '' }
  return { source: 'file', file: where, line: Number(line), column: 1, field: '' }
}

function isoTime(wall: Ms): string {
  return new Date(wall).toISOString()
}

/** A route that one process does not serve is not served. */
function meanwhile(routes: readonly BrokenRoute[]): string {
  const ids = (wanted: boolean) =>
    new Set(routes.flatMap(({ id, isServed }) => (isServed === wanted ? [id] : [])))
  const closed = ids(false)
  const served = new Set([...ids(true)].filter((id) => !closed.has(id)))
  return [
    closed.size === 0 ? [] : [`${named(closed)} answers 503 until then`],
    served.size === 0 ? [] : [`the last good one goes on serving ${named(served)}`],
  ]
    .flat()
    .join('; ')
}

function named(ids: ReadonlySet<string>): string {
  const names = [...ids].sort()
  const shown = names.slice(0, mostNamed).map((id) => `"${id}"`)
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : ''
  return `${names.length === 1 ? 'route' : 'each of the routes'} ${shown.join(', ')}${more}`
}
