import type { Bytes } from '../../std/units.ts'
import type { SessionSettings } from '../../wire/h2/session-types.ts'
import { headLimits, responsePolicy } from '../h1/response-limits.ts'

/** Requests at once on one connection, where neither cluster nor endpoint says less. */
export const mostStreams = 1000

/** What one endpoint may have on its way to a client that does not read: a part of what an exchange may cost. */
const streamWindow: Bytes = 128 * 1024

/**
 * What connections to endpoints announce. The window of the connection is that of all its streams together, so that clients
 * who do not read hold up nobody else.
 */
export const upstreamSettings: SessionSettings = {
  streams: 0,
  streamWindow,
  connectionWindow: streamWindow * mostStreams,
  headerTable: 4096,
  header: { bytes: headLimits.head, fields: responsePolicy.fields, crumbs: 0, cookieBytes: 0 },
  extendedConnect: 'off',
}
