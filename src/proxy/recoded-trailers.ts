import { fieldsOfBytes } from '../http/content-coding.ts'
import { withoutField } from '../http/field-block.ts'

/** The trailers of a body whose content coding is another now: without digests of the bytes that came (RFC 9530 §2). */
export function recodedTrailers(trailers: string): string {
  let kept = trailers
  for (const name of fieldsOfBytes) kept = withoutField(kept, name)
  return kept
}
