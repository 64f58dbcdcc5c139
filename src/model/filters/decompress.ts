import type { Bytes } from '../../std/units.ts'

/** Codings in which requests may come. RFC 9110 §8.4.1, RFC 7932, RFC 8878. */
export type RequestCoding = 'gzip' | 'br' | 'zstd' | 'deflate'

/** Takes content codings off requests. */
export interface Decompress {
  readonly encodings: readonly RequestCoding[]
  /** Largest body when it is plain; 0 is no limit. */
  readonly limit: Bytes
  /** How many times as large as it came a body may become; 0 is no limit. */
  readonly ratio: number
}
