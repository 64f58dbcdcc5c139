import { hasPrefix } from '../../http/edge-fields.ts'
import { isNamed, trimmed, withoutField } from '../../http/field-block.ts'
import { isBodiless, reasonPhrase } from '../../http/status.ts'
import { tokenList } from '../../http/tokens.ts'
import {
  brokenLine,
  isFramingTwin,
  isOddName,
  lineGrammar,
  mostNominated,
  notToNominate,
} from './field-lines.ts'
import { parseContentLength, transferCoding } from './framing.ts'
import { type Refusal, refusal } from './refusal.ts'

/** What is taken from upstreams. Compared by identity: keep one object, frozen. */
export interface ResponsePolicy {
  /** Most header fields; 0 is no limit. */
  readonly fields: number
  /** Whether `server` stays among `fields`. */
  readonly server: 'pass' | 'drop'
}

/** The head of a response, judged. One per connection, used again; every parse sets every property. */
export class ResponseHead {
  status = 0
  /** The minor version of HTTP/1. */
  version: 0 | 1 = 1
  /** As sent when it is plain ASCII, else the usual one. */
  reason = ''
  /** What goes on to the client: no framing, no hop-by-hop or nominated fields, nothing of the mesh (`l5d-*`, `x-envoy-*`). */
  fields = ''
  /** -1 when there is none, and for statuses that have no body. */
  contentLength = -1
  chunked = false
  /** The connection may be used again, if the body's end is known without closing. */
  keepAlive = true
  /** Seconds of `Keep-Alive: timeout`; -1 when there is none. */
  keepAliveTimeout = -1
  hasDate = false
  /** As sent; `""` when there is none. */
  upgrade = ''
  /** Names the message announced in `Trailer`, as sent. */
  trailer = ''
}

const keep = 0
const drop = 1

const statusLine = /^HTTP\/1\.([01]) ([1-5][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?$/
const plainPhrase = /^[\x20-\x7e]+$/

/** Per-message scratch, so that nothing is allocated for it. */
class Reading {
  kept = ''
  contentLength = ''
  contentLengths = 0
  transferEncoding = ''
  transferEncodings = 0
  connection = ''
  keepAlive = ''

  clear(): void {
    this.kept = ''
    this.contentLength = ''
    this.contentLengths = 0
    this.transferEncoding = ''
    this.transferEncodings = 0
    this.connection = ''
    this.keepAlive = ''
  }
}

const reading = new Reading()

/**
 * Parses the head of a response, as strictly as a request's; a 1xx is a response like any other.
 *
 * @param text with the empty line at its end, as `HeadReader` gives it.
 * @returns a refusal with `upstream_bad_response` or `upstream_head_too_large`, or `undefined` when `into` holds it.
 */
export function parseResponseHead(
  text: string,
  policy: ResponsePolicy,
  into: ResponseHead,
): Refusal | undefined {
  const lineEnd = text.indexOf('\r')
  const line = statusLine.exec(text.slice(0, lineEnd))
  if (line === null || text.charCodeAt(lineEnd + 1) !== 10)
    return bad('status line', text.slice(0, lineEnd + 2))
  into.version = line[1] === '1' ? 1 : 0
  into.status = Number(line[2])
  const phrase = line[3] ?? ''
  into.reason = plainPhrase.test(phrase) ? phrase : reasonPhrase(into.status)
  into.hasDate = false
  into.upgrade = ''
  into.trailer = ''
  reading.clear()
  return sortLines(text, lineEnd + 2, policy, into) ?? judgeFraming(into) ?? judgeConnection(into)
}

function sortLines(
  text: string,
  from: number,
  policy: ResponsePolicy,
  into: ResponseHead,
): Refusal | undefined {
  const grammar = lineGrammar(text, from)
  if (grammar === 'broken') return bad('line', brokenLine(text, from))
  let count = 0
  let run = from
  let start = from
  for (;;) {
    const end = text.indexOf('\r', start)
    if (end === start) break
    count++
    if (grammar === 'odd') {
      const name = text.slice(start, text.indexOf(':', start))
      if (isOddName(name) && isFramingTwin(name)) return bad('name like a framing name:', name)
    }
    if (sort(text, start, end, policy, into) === drop) {
      if (start > run) reading.kept += text.slice(run, start)
      run = end + 2
    }
    start = end + 2
  }
  if (start > run) reading.kept += text.slice(run, start)
  into.fields = reading.kept
  if (policy.fields === 0 || count <= policy.fields) return undefined
  return { reason: 'upstream_head_too_large', detail: `${count} header fields, limit ${policy.fields}` }
}

function sort(text: string, start: number, end: number, policy: ResponsePolicy, into: ResponseHead): number {
  switch (text.charCodeAt(start) | 32) {
    case 0x63: // c
      if (isNamed(text, start, 'content-length')) {
        reading.contentLengths++
        reading.contentLength = trimmed(text, start + 15, end)
        return drop
      }
      if (!isNamed(text, start, 'connection')) return keep
      reading.connection = joined(reading.connection, trimmed(text, start + 11, end))
      return drop
    case 0x64: // d
      if (isNamed(text, start, 'date')) into.hasDate = true
      return keep
    case 0x6b: // k
      if (!isNamed(text, start, 'keep-alive')) return keep
      reading.keepAlive = joined(reading.keepAlive, trimmed(text, start + 11, end))
      return drop
    case 0x6c: // l
      return hasPrefix(text, start, 'l5d-') ? drop : keep
    case 0x70: // p
      return isNamed(text, start, 'proxy-connection') || isNamed(text, start, 'proxy-authenticate')
        ? drop
        : keep
    case 0x73: // s
      return policy.server === 'drop' && isNamed(text, start, 'server') ? drop : keep
    case 0x74: // t
      return sortT(text, start, end, into)
    case 0x75: // u
      if (!isNamed(text, start, 'upgrade')) return keep
      into.upgrade = joined(into.upgrade, trimmed(text, start + 8, end))
      return drop
    case 0x78: // x
      return hasPrefix(text, start, 'x-envoy-') ? drop : keep
  }
  return keep
}

function sortT(text: string, start: number, end: number, into: ResponseHead): number {
  if (isNamed(text, start, 'transfer-encoding')) {
    reading.transferEncodings++
    reading.transferEncoding = trimmed(text, start + 18, end)
    return drop
  }
  if (isNamed(text, start, 'trailer')) {
    into.trailer = joined(into.trailer, trimmed(text, start + 8, end))
    return drop
  }
  return isNamed(text, start, 'te') ? drop : keep
}

function judgeFraming(into: ResponseHead): Refusal | undefined {
  into.contentLength = -1
  into.chunked = false
  if (reading.contentLengths > 1) return bad('content-length', 'twice')
  if (reading.contentLengths === 1) {
    const length = parseContentLength(reading.contentLength)
    if (length < 0) return bad('content-length', reading.contentLength)
    into.contentLength = length
  }
  if (reading.transferEncodings === 0) return undefined
  if (reading.transferEncodings > 1) return bad('transfer-encoding', 'twice')
  if (reading.contentLengths > 0)
    return bad('content-length beside transfer-encoding', reading.transferEncoding)
  if (into.version === 0 || transferCoding(reading.transferEncoding) !== 'chunked') {
    return bad('transfer-encoding', reading.transferEncoding)
  }
  into.chunked = true
  return undefined
}

function judgeConnection(into: ResponseHead): Refusal | undefined {
  into.keepAlive = into.version === 1
  into.keepAliveTimeout = -1
  if (reading.keepAlive !== '') {
    const timeout = /(?:^|[,;\s])timeout[ \t]*=[ \t]*"?([0-9]{1,6})/i.exec(reading.keepAlive)
    if (timeout !== null) into.keepAliveTimeout = Number(timeout[1])
  }
  if (isBodiless(into.status)) dropBody(into)
  if (reading.connection === '') return undefined
  const names = tokenList(reading.connection, mostNominated)
  if (names === undefined) return bad('connection', reading.connection)
  if (names.includes('close')) into.keepAlive = false
  else if (into.version === 0 && names.includes('keep-alive')) into.keepAlive = true
  for (const name of names) {
    if (notToNominate.has(name)) return bad('connection', reading.connection)
    if (name === 'date') into.hasDate = false
    into.fields = withoutField(into.fields, name)
  }
  return undefined
}

/** What 1xx, 204 and 304 say of a body is not one; if they announce one, who knows what follows: the connection ends. */
function dropBody(into: ResponseHead): void {
  if (into.status === 304) return
  if (into.chunked || into.contentLength > 0) into.keepAlive = false
  into.chunked = false
  into.contentLength = -1
}

function bad(what: string, value: string): Refusal {
  return refusal('upstream_bad_response', what, value)
}

function joined(before: string, value: string): string {
  return before === '' ? value : `${before}, ${value}`
}
