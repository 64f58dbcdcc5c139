import type { RouteDraft } from '../../model/build.ts'
import type { Placed } from '../read/config-file.ts'
import type { NativeRoute } from '../schema/route.ts'
import { filterSpec } from './filters.ts'
import { matchOf } from './match.ts'
import { derivedId } from './route-id.ts'
import { targetTree } from './target.ts'

/** Routes as the model has them, in the order written; ids are still to be told apart. */
export function routeDrafts(placed: readonly Placed<NativeRoute>[]): RouteDraft[] {
  return placed.map(({ value, origin }) => ({ origin, content: contentOf(value) }))
}

const contents = new WeakMap<NativeRoute, RouteDraft['content']>()

/** Made once for each route that was read: one that is remembered from the last translation brings its fingerprint along. */
function contentOf(route: NativeRoute): RouteDraft['content'] {
  const known = contents.get(route)
  if (known !== undefined) return known
  const match = matchOf(route)
  const content: RouteDraft['content'] = {
    id: route.name ?? derivedId(route.hosts, match),
    hosts: route.hosts,
    match,
    filters: route.filters.map(filterSpec),
    target: targetTree(route.to),
    timeouts: route.timeouts,
    retry: retryOf(route.retry),
    upgrade: defaultUpgrade,
    body: route.body,
    accessLog: route.accessLog,
  }
  contents.set(route, content)
  return content
}

const retries = new WeakMap<NativeRoute['retry'], RouteDraft['content']['retry']>()

/** One object for all routes that leave it out, so that its text is made once. */
function retryOf(native: NativeRoute['retry']): RouteDraft['content']['retry'] {
  const known = retries.get(native)
  if (known !== undefined) return known
  const retry = { ...native, grpcStatuses: [14] }
  retries.set(native, retry)
  return retry
}

const defaultUpgrade: RouteDraft['content']['upgrade'] = {
  protocols: ['websocket'],
  httpOrigins: [],
  idle: 3_600_000,
  age: 86_400_000,
  ping: 0,
  messageBytes: 0,
  messagesPerSecond: 0,
}
