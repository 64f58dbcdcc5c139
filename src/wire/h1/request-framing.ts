import { beyondCount, notDecimal, parseContentLength, transferCoding } from './framing.ts'
import { type Refusal, refusal } from './refusal.ts'
import type { RequestFields } from './request-fields.ts'

/** What the framing fields of a request are judged into. */
export interface RequestFraming {
  readonly version: 0 | 1
  /** -1 when there is none. */
  contentLength: number
  chunked: boolean
}

/** Judges content-length and transfer-encoding: at most one of them, once, and without a second reading. */
export function judgeRequestFraming(read: RequestFields, into: RequestFraming): Refusal | undefined {
  into.contentLength = -1
  into.chunked = false
  if (read.transferEncodings > 0) return judgeCoding(read, into)
  if (read.contentLengths === 0) return undefined
  if (read.contentLengths > 1) return { reason: 'bad_framing', detail: 'content-length twice' }
  const length = parseContentLength(read.contentLength)
  if (length === notDecimal) return refusal('bad_framing', 'content-length', read.contentLength)
  if (length === beyondCount) return refusal('body_too_large', 'content-length', read.contentLength)
  into.contentLength = length
  return undefined
}

/** RFC 9112 §6.1 lets a server take transfer-encoding over content-length; peers differ, so both together are refused. */
function judgeCoding(read: RequestFields, into: RequestFraming): Refusal | undefined {
  if (read.transferEncodings > 1) return { reason: 'bad_framing', detail: 'transfer-encoding twice' }
  if (read.contentLengths > 0)
    return { reason: 'bad_framing', detail: 'content-length and transfer-encoding' }
  if (into.version === 0) return { reason: 'bad_framing', detail: 'transfer-encoding in HTTP/1.0' }
  const coding = transferCoding(read.transferEncoding)
  into.chunked = coding === 'chunked'
  if (into.chunked) return undefined
  const reason = coding === 'unknown' ? 'unsupported_transfer_coding' : 'bad_framing'
  return refusal(reason, 'transfer-encoding', read.transferEncoding)
}
