import type { CidrSet } from '../http/cidr.ts'
import { cookieValue } from '../http/cookie.ts'
import { fromUtf8Bytes, queryValue, utf8Bytes } from '../http/query.ts'
import { sharedCidrs } from '../http/shared-cidrs.ts'
import type { Match, ValueMatch } from '../model/match.ts'
import type { RequestView } from '../model/request-view.ts'
import { quoted } from '../std/quoted.ts'
import type { Regex } from '../std/regex.ts'

/** What a route asks of a request besides host and path, compiled. Built once, run per request without allocating. */
export interface Check {
  /** What is looked at: `method`, `header x-user`, `client`. */
  readonly field: string
  /** What it must be, for people: `GET or HEAD`, `"blue"`, `absent`. */
  readonly expected: string
  readonly holds: (view: RequestView) => boolean
  /** What the request has, for people. */
  readonly got: (view: RequestView) => string
}

/** Makes equal things one object while a table is compiled: fewer to build, and fewer to fetch from memory. */
export interface Shared {
  readonly regex: (pattern: string) => Regex
  readonly text: (value: string) => string
}

/** The checks of a match, cheapest first; empty when the path alone decides. */
export function compileChecks(match: Match, clients: CidrSet | undefined, shared: Shared): readonly Check[] {
  const checks: Check[] = []
  const { methods, listeners } = match
  if (methods.length > 0) {
    const holds = (view: RequestView) => methods.includes(view.method)
    checks.push({ field: 'method', expected: methods.join(' or '), holds, got: (view) => view.method })
  }
  if (listeners.length > 0) {
    const holds = (view: RequestView) => listeners.includes(view.listener)
    checks.push({ field: 'listener', expected: listeners.join(' or '), holds, got: (view) => view.listener })
  }
  if (clients !== undefined) {
    const holds = (view: RequestView) => clients.has(view.clientAddress)
    const got = (view: RequestView) => view.clientAddress || 'no address (a unix socket)'
    checks.push({ field: 'client', expected: match.clients.join(' or '), holds, got })
  }
  for (const header of match.headers) {
    checks.push(valueCheck(`header ${header.name}`, header, shared, (view) => view.field(header.name)))
  }
  for (const parameter of match.query) {
    const name = utf8Bytes(parameter.name)
    checks.push(
      valueCheck(`query ${parameter.name}`, parameter, shared, (view) => queryValue(view.query, name)),
    )
  }
  for (const cookie of match.cookies) {
    const name = utf8Bytes(cookie.name)
    checks.push(
      valueCheck(`cookie ${cookie.name}`, cookie, shared, (view) =>
        cookieValue(view.field('cookie') ?? '', name),
      ),
    )
  }
  return checks.length === 0 ? none : checks
}

const none: readonly Check[] = Object.freeze([])

/** The blocks of a match; `undefined` when any client will do. */
export function compileClients(match: Match): CidrSet | undefined {
  return match.clients.length === 0 ? undefined : sharedCidrs(match.clients)
}

function valueCheck(
  field: string,
  match: ValueMatch,
  shared: Shared,
  read: (view: RequestView) => string | undefined,
): Check {
  const { holds, expected } = valueTest(match.value, shared)
  return {
    field,
    expected,
    holds: (view) => holds(read(view)),
    got: (view) => {
      const value = read(view)
      return value === undefined ? 'absent' : quoted(fromUtf8Bytes(value))
    },
  }
}

interface ValueTest {
  readonly expected: string
  readonly holds: (value: string | undefined) => boolean
}

/** Text of the operator is compared as the UTF-8 bytes it has on the wire; a regex sees one character a byte. */
function valueTest(value: ValueMatch['value'], shared: Shared): ValueTest {
  switch (value.kind) {
    case 'present':
      return { expected: 'present', holds: (got) => got !== undefined }
    case 'absent':
      return { expected: 'absent', holds: (got) => got === undefined }
    case 'exact': {
      const bytes = utf8Bytes(value.value)
      return { expected: quoted(value.value), holds: (got) => got === bytes }
    }
    case 'prefix': {
      const bytes = utf8Bytes(value.value)
      return {
        expected: `${quoted(value.value)}…`,
        holds: (got) => got !== undefined && got.startsWith(bytes),
      }
    }
    case 'regex': {
      const regex = shared.regex(value.value)
      return { expected: `/${value.value}/`, holds: (got) => got !== undefined && regex.matches(got) }
    }
  }
}
