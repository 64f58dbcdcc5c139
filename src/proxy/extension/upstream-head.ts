import type { UpstreamRequest } from '../../extend/call.ts'
import { fieldValue } from '../../http/field-block.ts'
import type { Refusal } from '../../wire/h1/refusal.ts'
import { RequestFields } from '../../wire/h1/request-fields.ts'
import type { RequestHead, RequestPolicy } from '../../wire/h1/request-head.ts'
import { RequestLine } from '../../wire/h1/request-line.ts'

/**
 * Sizes are those that the extension made of what the listener let in. Names with underscores are refused where a lenient reader could
 * take them for framing, and pass otherwise.
 */
const policy: RequestPolicy = Object.freeze({
  trusted: 'wholly',
  underscores: 'allow',
  encodedSlash: 'keep',
  scheme: 'http',
  fields: 0,
  head: 0,
  requestLine: 0,
})

/** Methods whose requests say how long their body is even if it is empty. RFC 9110 §8.6. */
const saysLength: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

const line = new RequestLine()
const read = new RequestFields()

/**
 * Reads the head that an extension sends to the cluster, as strictly as a client's: an extension with a bug must not smuggle. What
 * belongs to a connection goes, and so do framing fields, since the length is told beside them.
 *
 * @param upgrade whether it may ask to leave HTTP, as the request of the client did.
 */
export function readUpstreamHead(
  request: UpstreamRequest,
  into: RequestHead,
  upgrade: 'may' | 'never',
): Refusal | undefined {
  const { method, target, authority, fields, length } = request
  if (target.charCodeAt(0) !== slash && target !== '*') return { reason: 'bad_target', detail: 'no path' }
  const protocol = (upgrade === 'may' && method === 'GET' && fieldValue(fields, 'upgrade')) || ''
  const fault =
    line.take({ method, authority, path: target, protocol }, policy.encodedSlash) ??
    read.parseBlock(fields, policy) ??
    into.take(line, read)
  if (fault !== undefined) return fault
  into.chunked = length < 0 && protocol === ''
  into.contentLength = length > 0 || (length === 0 && saysLength.has(method)) ? length : -1
  into.expectContinue = into.expectContinue && length !== 0
  return undefined
}

const slash = 47
