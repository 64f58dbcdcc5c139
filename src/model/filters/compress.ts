import type { Bytes } from '../../std/units.ts'

/** Content codings that responses can be sent in. RFC 9110 §8.4.1, RFC 7932, RFC 8878. */
export const contentCodings = ['zstd', 'br', 'gzip'] as const
export type ContentCoding = (typeof contentCodings)[number]

/** Sends responses in fewer bytes to clients that take them so. */
export interface Compress {
  /** Best first, of those that a client likes as much. */
  readonly encodings: readonly ContentCoding[]
  /** Media types in lower case without parameters: `text/html`, `text/*`, `application/*+json`. */
  readonly types: readonly string[]
  /** Shorter responses stay as they are. */
  readonly minLength: Bytes
  readonly level: 'fast' | 'balanced' | 'small'
  /** Responses to requests with cookies, credentials or a client certificate that a page of another site made: see BREACH, CVE-2013-3587. */
  readonly crossSite: 'leave' | 'compress'
}
