import type { Bytes } from '../../std/units.ts'

/** Parts of a body are gathered until the turn of the event loop is over, or there are this many bytes: so a small message is one packet. */
export const gatheredBytes: Bytes = 16 * 1024
