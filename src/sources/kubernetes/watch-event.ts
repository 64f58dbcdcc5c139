import type { Ms } from '../../std/units.ts'
import { saidBy } from './client/api-failures.ts'
import { type Fields, own } from './read/json.ts'
import { type ObjectIdentity, readIdentity } from './read/meta.ts'

/** A line of a watch, as far as it can be understood. */
export type WatchEvent =
  | { readonly kind: 'present'; readonly identity: ObjectIdentity; readonly object: unknown }
  | { readonly kind: 'deleted'; readonly identity: ObjectIdentity }
  | { readonly kind: 'bookmark'; readonly version: string }
  /** The API server ends the watch: `code` as HTTP has it. */
  | {
      readonly kind: 'failed'
      readonly code: number
      readonly message: string
      readonly retryAfter: Ms | undefined
      /** Our version is newer than any it has: it was restored from a backup. */
      readonly isAhead: boolean
    }
  /** Something was said that cannot be read; `isLost` when not even which object it was about. */
  | { readonly kind: 'unclear'; readonly why: string; readonly isLost: boolean }

/** Understands a line; never throws. */
export function readWatchEvent(line: unknown): WatchEvent {
  const event = partOf(line)
  if (event === undefined) return { kind: 'unclear', why: 'a line of the watch is not JSON', isLost: true }
  const type = own(event, 'type')
  const object = own(event, 'object')
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED': {
      const identity = readIdentity(object)
      if (identity === undefined)
        return { kind: 'unclear', why: `an event ${type} has no object with a name`, isLost: false }
      return type === 'DELETED' ? { kind: 'deleted', identity } : { kind: 'present', identity, object }
    }
    case 'BOOKMARK':
      return readBookmark(object)
    case 'ERROR':
      return readError(object)
    default:
      return { kind: 'unclear', why: 'an event has a type that is not known', isLost: false }
  }
}

/** A bookmark names a version and nothing else. */
function readBookmark(object: unknown): WatchEvent {
  const metadata = partOf(partOf(object)?.['metadata'])
  const version = metadata === undefined ? undefined : own(metadata, 'resourceVersion')
  if (typeof version !== 'string' || version === '')
    return { kind: 'unclear', why: 'a bookmark has no version', isLost: false }
  return { kind: 'bookmark', version }
}

function readError(object: unknown): WatchEvent {
  const status = partOf(object)
  const code = status === undefined ? undefined : own(status, 'code')
  const said = saidBy(object)
  const message = said?.message ?? ''
  return {
    kind: 'failed',
    code: typeof code === 'number' ? code : said?.reason === 'Expired' || said?.reason === 'Gone' ? 410 : 500,
    message,
    retryAfter: said?.retryAfter,
    isAhead: /too large resource version/i.test(message),
  }
}

function partOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}
