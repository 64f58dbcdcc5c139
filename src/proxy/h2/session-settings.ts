import type { Listener } from '../../model/listener.ts'
import type { Bytes } from '../../std/units.ts'
import { firstWindow } from '../../wire/h2/protocol.ts'
import type { SessionSettings } from '../../wire/h2/session-types.ts'

/** Cookie crumbs of a request, and bytes of all joined; hardening table 1.7. */
const mostCrumbs = 200
const cookieBytes: Bytes = 16 * 1024
const headerTable: Bytes = 4096

/** What a listener's connections announce. */
export function sessionSettings({ http2, limits }: Listener): SessionSettings {
  return {
    streams: http2.streams,
    streamWindow: Math.max(http2.streamWindow, firstWindow),
    connectionWindow: Math.max(http2.connectionWindow, firstWindow),
    headerTable,
    header: { bytes: limits.head, fields: limits.fields, crumbs: mostCrumbs, cookieBytes },
    extendedConnect: 'on',
  }
}
