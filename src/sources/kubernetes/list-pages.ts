import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'
import { ApiError, type KubernetesApi, tooLarge } from './api.ts'
import { type Fields, own } from './read/json.ts'

const pageSize = 500
/** Pages of large objects can take the API server longer than other requests. */
const pageTimeout: Ms = 60_000
/** Work between two turns of the event loop: below the 10 ms that others in this thread may be held up. */
const slice: Ms = 8

export interface ListDeps {
  readonly api: KubernetesApi
  readonly clock: Clock
  readonly signal: AbortSignal
}

export interface ListHandlers {
  /** Hears each object. */
  readonly onItem: (item: unknown) => void
  /** What was heard until now does not hold: everything comes again. */
  readonly onRestart: () => void
}

/**
 * Reads everything at one version, by pages. When the API server has forgotten that version in between (410), everything is read
 * again in one piece; when a page is too large for us, in smaller pages.
 *
 * @returns the version to watch from.
 */
export async function listPages(path: string, query: string, deps: ListDeps & ListHandlers): Promise<string> {
  let limit: number | undefined = pageSize
  let token = ''
  for (;;) {
    try {
      const page = await listPage(pagePath(path, { query, limit, token }), deps)
      token = page.token
      if (token === '') return page.version
    } catch (error) {
      const next = nextLimit(error, limit, token)
      if (next === 'give up') throw error
      limit = next
      token = ''
      deps.onRestart()
    }
  }
}

/** How many objects a page has when everything is read again; `undefined` for all. */
function nextLimit(error: unknown, limit: number | undefined, token: string): number | undefined | 'give up' {
  if (!(error instanceof ApiError)) return 'give up'
  if (error.status === 410 && token !== '') return undefined
  if (error.reason === tooLarge && limit !== undefined && limit > 5) return Math.ceil(limit / 10)
  return 'give up'
}

function pagePath(
  path: string,
  { query, limit, token }: { query: string; limit: number | undefined; token: string },
): string {
  const parts = [
    query,
    limit === undefined ? '' : `limit=${limit}`,
    token === '' ? '' : `continue=${encodeURIComponent(token)}`,
  ].filter((part) => part !== '')
  return parts.length === 0 ? path : `${path}?${parts.join('&')}`
}

async function listPage(
  path: string,
  deps: ListDeps & ListHandlers,
): Promise<{ token: string; version: string }> {
  const { api, clock, signal } = deps
  const answer = partOf(await api.request('GET', path, { signal, timeout: pageTimeout }))
  const items = answer === undefined ? undefined : (own(answer, 'items') ?? [])
  const metadata = answer === undefined ? undefined : partOf(own(answer, 'metadata'))
  const version = metadata === undefined ? undefined : own(metadata, 'resourceVersion')
  if (!Array.isArray(items) || metadata === undefined || typeof version !== 'string')
    throw new ApiError(`the API server ${api.server} answered with what is no list`, {
      status: 0,
      reason: 'NoList',
    })
  let since = clock.now()
  for (const item of items as readonly unknown[]) {
    deps.onItem(item)
    if (clock.now() - since < slice) continue
    await setImmediate()
    since = clock.now()
  }
  const token = own(metadata, 'continue')
  return { token: typeof token === 'string' ? token : '', version }
}

function partOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}
