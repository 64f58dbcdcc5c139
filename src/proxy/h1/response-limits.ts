import type { BodyLimits } from '../../wire/h1/body-decoder.ts'
import type { ResponsePolicy } from '../../wire/h1/response-head.ts'

/** Response heads are larger than request heads: cookies and policies. Hardening table 1.7. */
export const headLimits = { line: 8 * 1024, head: 32 * 1024 }
export const responsePolicy: ResponsePolicy = { fields: 200, server: 'pass' }
export const bodyLimits: BodyLimits = {
  chunkExtension: 256,
  chunkExtensions: 16 * 1024,
  chunkAverage: 0,
  trailerFields: 20,
  trailers: 4096,
}
