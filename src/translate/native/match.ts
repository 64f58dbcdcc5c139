import type { Match, PathMatch, ValueMatch } from '../../model/match.ts'
import { unreachable } from '../../std/assert.ts'
import type { NativeMatchValues, NativeRoute } from '../schema/route.ts'

/** What a route asks of a request, as the model has it. */
export function matchOf(route: NativeRoute): Match {
  const { path, methods, headers, cookies, query, clients, listeners } = route
  return {
    path: pathMatch(path),
    methods,
    headers: headers.map(valueMatch),
    cookies: cookies.map(valueMatch),
    query: query.map(valueMatch),
    clients,
    listeners,
  }
}

function pathMatch(path: NativeRoute['path']): PathMatch {
  if (typeof path === 'string') return { kind: 'segments', value: path }
  if (path.exact !== undefined) return { kind: 'exact', value: path.exact }
  if (path.prefix !== undefined) return { kind: 'prefix', value: path.prefix }
  if (path.regex !== undefined) return { kind: 'regex', value: path.regex }
  return { kind: 'segments', value: path.segments ?? '/' }
}

function valueMatch([name, value]: NativeMatchValues[number]): ValueMatch {
  if (typeof value === 'string') return { name, value: { kind: 'exact', value } }
  if (value.exact !== undefined) return { name, value: { kind: 'exact', value: value.exact } }
  if (value.prefix !== undefined) return { name, value: { kind: 'prefix', value: value.prefix } }
  if (value.regex !== undefined) return { name, value: { kind: 'regex', value: value.regex } }
  return value.is === undefined ? unreachable(value.is as never) : { name, value: { kind: value.is } }
}
