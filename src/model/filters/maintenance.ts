import type { Ms } from '../../std/units.ts'

/** Closes a route for a while. */
export interface Maintenance {
  /** When clients should come back. */
  readonly retryAfter: Ms
  /** `""` leaves the text to the gateway. */
  readonly body: string
  /** Of the body: `text/html; charset=utf-8`. */
  readonly contentType: string
  /** CIDR blocks of clients that pass all the same. */
  readonly except: readonly string[]
}
