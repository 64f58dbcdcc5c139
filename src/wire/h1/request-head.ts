import { normaliseHost } from '../../http/authority.ts'
import { appendField, withoutField } from '../../http/field-block.ts'
import { tokenList } from '../../http/tokens.ts'
import { brokenFields, mostNominated, notToNominate } from './field-lines.ts'
import { beyondCount, notDecimal, parseContentLength, transferCoding } from './framing.ts'
import { type Refusal, refusal } from './refusal.ts'
import { RequestFields } from './request-fields.ts'
import { RequestLine } from './request-line.ts'

/** What a listener allows in heads. Compared by identity: keep one object per listener, frozen. */
export interface RequestPolicy {
  /** The peer is a trusted proxy: what it says of the client is kept. */
  readonly trusted: boolean
  readonly underscores: 'drop' | 'reject' | 'allow'
  readonly encodedSlash: 'reject' | 'keep'
  /** Most header fields; 0 is no limit. */
  readonly fields: number
  /** Name + value + 32 for each field; 0 is no limit. */
  readonly head: number
  /** Bytes without the CRLF; 0 is no limit. */
  readonly requestLine: number
}

/** The head of a request, judged. One per connection, used again; every parse sets every property. */
export class RequestHead {
  method = ''
  /** The minor version of HTTP/1. */
  version: 0 | 1 = 1
  form: 'origin' | 'absolute' | 'asterisk' = 'origin'
  /** The host field as sent, or the authority of an absolute-form target, which wins (RFC 9112 §3.2.2). */
  authority = ''
  /** Lower case, without port and trailing dot. */
  host = ''
  /** Normalised by `http/path.ts`; `*` for the asterisk form. */
  path = ''
  query = ''
  hasQuery = false
  /** What goes on to the next hop; see `RequestFields` for what does not. */
  fields = ''
  /** -1 when there is none. */
  contentLength = -1
  chunked = false
  /** The client may send another request on this connection: HTTP/1.1 without `close`. */
  keepAlive = true
  expectContinue = false
  /** The one protocol asked for, lower case; `""` when none is, or it is not in `Connection`. */
  upgrade = ''
  acceptsTrailers = false
  /** Of OPTIONS; -1 when there is none. `fields` hold it one lower. */
  maxForwards = -1
  /** Names the message announced in `Trailer`, as sent. */
  trailer = ''
  forwardedFor = ''
  forwardedProto = ''
  forwardedHost = ''
  forwardedPort = ''
  forwarded = ''
  requestId = ''
  via = ''
  /** Fields left out because of underscores in their names. */
  droppedFields = 0
  readonly line = new RequestLine()
  readonly read = new RequestFields()
  lastAuthority = ''
}

const requestId = /^[A-Za-z0-9._-]{1,128}$/

/**
 * Parses the head of a request, strictly: what could be read in two ways is refused.
 *
 * @param text with the empty line at its end, as `HeadReader` gives it.
 * @returns `undefined` when `into` holds the request.
 */
export function parseRequestHead(
  text: string,
  policy: RequestPolicy,
  into: RequestHead,
): Refusal | undefined {
  const lineEnd = text.indexOf('\r')
  if (policy.requestLine > 0 && lineEnd > policy.requestLine) {
    return refusal('uri_too_long', `line longer than ${policy.requestLine} bytes:`, text)
  }
  if (text.charCodeAt(lineEnd + 1) !== 10)
    return refusal('bad_request_line', 'line', text.slice(0, lineEnd + 2))
  const { line, read } = into
  return (
    line.parse(text.slice(0, lineEnd), policy.encodedSlash) ??
    read.parse(text.slice(lineEnd + 2), policy) ??
    judge(into, line, read)
  )
}

function judge(into: RequestHead, line: RequestLine, read: RequestFields): Refusal | undefined {
  into.method = line.method
  into.version = line.version
  into.form = line.form
  into.path = line.path
  into.query = line.query
  into.hasQuery = line.hasQuery
  into.fields = read.kept
  into.trailer = read.trailer
  into.forwardedFor = read.forwardedFor
  into.forwardedProto = read.forwardedProto
  into.forwardedHost = read.forwardedHost
  into.forwardedPort = read.forwardedPort
  into.forwarded = read.forwarded
  into.requestId = requestId.test(read.requestId) ? read.requestId : ''
  into.via = read.via
  into.droppedFields = read.droppedOdd
  into.keepAlive = line.version === 1
  into.expectContinue = false
  into.upgrade = ''
  into.maxForwards = -1
  into.acceptsTrailers = read.te !== '' && /(?:^|,)[ \t]*trailers[ \t]*(?:,|$)/i.test(read.te)
  return judgeHost(into, line, read) ?? judgeFraming(into, read) ?? judgeRest(into, read)
}

function judgeHost(into: RequestHead, line: RequestLine, read: RequestFields): Refusal | undefined {
  if (read.hosts !== 1) return { reason: 'bad_host', detail: `${read.hosts} host fields` }
  if (line.authority !== '' && normaliseHost(read.host) === undefined)
    return refusal('bad_host', 'host', read.host)
  const authority = line.authority === '' ? read.host : line.authority
  if (authority !== into.lastAuthority) {
    const host = normaliseHost(authority)
    if (host === undefined) return refusal('bad_host', 'host', authority)
    into.host = host
    into.lastAuthority = authority
  }
  into.authority = authority
  return undefined
}

function judgeFraming(into: RequestHead, read: RequestFields): Refusal | undefined {
  into.contentLength = -1
  into.chunked = false
  if (read.transferEncodings > 0) return judgeCoding(into, read)
  if (read.contentLengths === 0) return undefined
  if (read.contentLengths > 1) return { reason: 'bad_framing', detail: 'content-length twice' }
  const length = parseContentLength(read.contentLength)
  if (length === notDecimal) return refusal('bad_framing', 'content-length', read.contentLength)
  if (length === beyondCount) return refusal('body_too_large', 'content-length', read.contentLength)
  into.contentLength = length
  return undefined
}

function judgeCoding(into: RequestHead, read: RequestFields): Refusal | undefined {
  if (read.transferEncodings > 1) return { reason: 'bad_framing', detail: 'transfer-encoding twice' }
  if (read.contentLengths > 0)
    return { reason: 'bad_framing', detail: 'content-length and transfer-encoding' }
  if (into.version === 0) return { reason: 'bad_framing', detail: 'transfer-encoding in HTTP/1.0' }
  const coding = transferCoding(read.transferEncoding)
  if (coding === 'unknown') {
    return refusal('unsupported_transfer_coding', 'transfer-encoding', read.transferEncoding)
  }
  if (coding === 'broken') return refusal('bad_framing', 'transfer-encoding', read.transferEncoding)
  into.chunked = true
  return undefined
}

function judgeRest(into: RequestHead, read: RequestFields): Refusal | undefined {
  const fault = read.connection === '' ? undefined : judgeConnection(into, read.connection)
  if (fault !== undefined) return fault
  const hasBody = into.chunked || into.contentLength > 0
  if (read.upgrades > 0) {
    if (
      read.upgrades > 1 ||
      !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+)?$/.test(read.upgrade)
    ) {
      return refusal('bad_upgrade', 'upgrade', read.upgrade)
    }
    if (hasBody) return { reason: 'bad_upgrade', detail: 'upgrade with a body' }
    if (into.upgrade !== '') into.upgrade = read.upgrade.toLowerCase()
  } else into.upgrade = ''
  if (read.expects > 0 && into.version === 1) {
    if (read.expects > 1 || read.expect.toLowerCase() !== '100-continue') {
      return refusal('expectation_failed', 'expect', read.expect)
    }
    into.expectContinue = hasBody
  }
  if (into.method === 'OPTIONS' && read.maxForwards !== '') countDown(into, read.maxForwards)
  return undefined
}

function judgeConnection(into: RequestHead, connection: string): Refusal | undefined {
  const names = tokenList(connection, mostNominated)
  if (names === undefined) return brokenFields('request', 'connection', connection)
  for (const name of names) {
    if (name === 'close') into.keepAlive = false
    else if (name === 'upgrade') into.upgrade = into.version === 1 ? name : ''
    else if (name === 'keep-alive') continue
    else if (notToNominate.has(name)) return brokenFields('request', 'connection', connection)
    else dropNominated(into, name)
  }
  return undefined
}

function dropNominated(into: RequestHead, name: string): void {
  into.fields = withoutField(into.fields, name)
  if (name === 'x-forwarded-for') into.forwardedFor = ''
  else if (name === 'x-forwarded-proto') into.forwardedProto = ''
  else if (name === 'x-forwarded-host') into.forwardedHost = ''
  else if (name === 'x-forwarded-port') into.forwardedPort = ''
  else if (name === 'forwarded') into.forwarded = ''
  else if (name === 'x-request-id') into.requestId = ''
  else if (name === 'via') into.via = ''
}

/** RFC 9110 §7.6.2: of OPTIONS (and TRACE, which is not carried) each hop takes one off. */
function countDown(into: RequestHead, value: string): void {
  if (!/^[0-9]{1,9}$/.test(value)) return
  into.maxForwards = Number(value)
  const rest = withoutField(into.fields, 'max-forwards')
  into.fields =
    into.maxForwards === 0 ? rest : appendField(rest, 'max-forwards', String(into.maxForwards - 1))
}
