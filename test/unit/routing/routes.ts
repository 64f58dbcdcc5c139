import type { Match, PathMatch } from '../../../src/model/match.ts'
import type { RequestView } from '../../../src/model/request-view.ts'
import type { Route } from '../../../src/model/route.ts'
import { buildTable, decide, type RoutingTable } from '../../../src/routing/table.ts'

/** What a test says of a route; the rest is what the native form gives by default. */
export interface RouteParts extends Partial<Omit<Match, 'path'>> {
  readonly id: string
  readonly hosts?: readonly string[]
  readonly path?: PathMatch
  readonly rank?: number
  readonly line?: number
}

/** What a test says of a request. */
export interface ViewParts extends Partial<Omit<RequestView, 'field'>> {
  readonly headers?: Readonly<Record<string, string>>
}

export function route({
  id,
  hosts = ['a.test'],
  path = segments('/'),
  rank = 0,
  line = 0,
  ...match
}: RouteParts): Route {
  return {
    id,
    origin: { source: 'file', file: line === 0 ? '' : 'gateway.yaml', line, column: 3, field: '' },
    hash: '',
    rank,
    hosts,
    match: { methods: [], headers: [], cookies: [], query: [], clients: [], listeners: [], ...match, path },
    filters: [],
    target: { kind: 'leaf', value: id },
    timeouts: { total: 'none', perTry: 'none', idle: 'none' },
    retry: {
      attempts: 0,
      on: [],
      methods: [],
      statuses: [],
      grpcStatuses: [],
      backoff: { base: 0, max: 0 },
      budget: { percent: 0, minimum: 0 },
    },
    body: { limit: 'listener', responseLimit: 0, buffer: 0, mode: 'plain' },
    upgrade: {
      protocols: ['websocket'],
      httpOrigins: [],
      idle: 0,
      age: 0,
      ping: 0,
      messageBytes: 0,
      messagesPerSecond: 0,
    },
    accessLog: { enabled: 'on', sample: 1 },
  }
}

export function view({ headers = {}, ...parts }: ViewParts = {}): RequestView {
  return {
    listener: 'web',
    method: 'GET',
    host: 'a.test',
    path: '/',
    query: '',
    clientAddress: '203.0.113.7',
    field: (name) => headers[name],
    ...parts,
  }
}

export function segments(value: string): PathMatch {
  return { kind: 'segments', value }
}

export function exact(value: string): PathMatch {
  return { kind: 'exact', value }
}

export function prefix(value: string): PathMatch {
  return { kind: 'prefix', value }
}

export function regex(value: string): PathMatch {
  return { kind: 'regex', value }
}

/** A table whose runtime of a route is its id. */
export function tableOf(routes: readonly Route[]): RoutingTable<string> {
  return buildTable(routes, (one) => one.id)
}

/** The id of the route that takes the request, or the reason why none does. */
export function answer(table: RoutingTable<string>, request: RequestView): string {
  const decision = decide(table, request)
  return decision.kind === 'route' ? decision.runtime : decision.reason
}
