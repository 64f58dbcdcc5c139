import { withoutField } from '../../http/field-block.ts'
import { isBodiless, reasonPhrase } from '../../http/status.ts'
import { tokenList } from '../../http/tokens.ts'
import { isClose, isKeepAlive, mostNominated, notToNominate, saysClose } from './field-lines.ts'
import { parseContentLength, transferCoding } from './framing.ts'
import { type Refusal, refusal } from './refusal.ts'
import { ResponseFields } from './response-fields.ts'

/** What is taken from upstreams. Told apart by identity: keep one object, frozen. */
export interface ResponsePolicy {
  /** Most header fields; 0 is no limit. */
  readonly fields: number
  /** Whether `server` stays among `fields`. */
  readonly server: 'pass' | 'drop'
}

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
  return into.parse(text, policy)
}

/** Controls have no place in it at all; a phrase with tabs or bytes above 7E is replaced. */
const statusLine = /^HTTP\/1\.([01]) ([1-5][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?$/
const plainPhrase = /^[\x20-\x7e]+$/
const timeoutHint = /(?:^|[,;\s])timeout[ \t]*=[ \t]*"?([0-9]{1,6})/i

/** The head of a response, judged. One per connection, used again like `RequestHead`. */
export class ResponseHead {
  status = 0
  /** The minor version of HTTP/1. */
  version: 0 | 1 = 1
  /** As sent when it is plain ASCII, else the usual one. */
  reason = ''
  /** The lines that go on to the client; `ResponseFields` says which do not. */
  fields = ''
  /** -1 when there is none, and for 1xx and 204, which have no body. */
  contentLength = -1
  chunked = false
  /** The connection may be used again, if the body ends before it does. */
  keepAlive = true
  /** Seconds of `Keep-Alive: timeout`; -1 when there is none. */
  keepAliveTimeout = -1
  hasDate = false
  /** The protocol that follows a 101, as sent; `""` when there is none, or it is not named in `Connection`. */
  upgrade = ''
  /** The names that the message announced in `Trailer`, as sent. */
  trailer = ''
  readonly #sorted = new ResponseFields()
  #lineVersion: 0 | 1 = 1
  #lineStatus = 0
  #lineReason = ''
  #lastLine: string | undefined = undefined
  #lastText: string | undefined = undefined
  #lastPolicy: ResponsePolicy | undefined = undefined

  /** See `parseResponseHead`. */
  parse(text: string, policy: ResponsePolicy): Refusal | undefined {
    if (text !== this.#lastText || policy !== this.#lastPolicy) {
      this.#lastText = undefined
      const fault = this.#read(text, policy)
      if (fault !== undefined) return fault
      this.#lastText = text
      this.#lastPolicy = policy
    }
    this.version = this.#lineVersion
    this.status = this.#lineStatus
    this.reason = this.#lineReason
    this.#copyFields()
    return this.#judgeFraming() ?? this.#judgeConnection()
  }

  /**
   * Takes a head that came in parts, as HTTP/2 sends it.
   *
   * @param status from 100 to 599.
   * @param fields lines without connection fields.
   */
  take(status: number, fields: string, policy: ResponsePolicy): Refusal | undefined {
    const fault = this.#sorted.parseBlock(fields, policy)
    if (fault !== undefined) return fault
    this.#lastText = undefined
    this.version = 1
    this.status = status
    this.reason = reasonPhrase(status)
    this.#copyFields()
    return this.#judgeFraming() ?? this.#judgeConnection()
  }

  #copyFields(): void {
    const read = this.#sorted
    this.fields = read.kept
    this.hasDate = read.hasDate
    this.upgrade = ''
    this.trailer = read.trailer
  }

  #read(text: string, policy: ResponsePolicy): Refusal | undefined {
    const lineEnd = text.indexOf('\r')
    const line = text.slice(0, lineEnd)
    if (text.charCodeAt(lineEnd + 1) !== 10) return bad('CR in line', text)
    if (line !== this.#lastLine && !this.#readLine(line)) return bad('status line', line)
    return this.#sorted.parse(text, lineEnd + 2, policy)
  }

  #readLine(line: string): boolean {
    const parts = statusLine.exec(line)
    if (parts === null) return false
    const phrase = parts[3] ?? ''
    this.#lineVersion = parts[1] === '1' ? 1 : 0
    this.#lineStatus = Number(parts[2])
    this.#lineReason = plainPhrase.test(phrase) ? phrase : reasonPhrase(this.#lineStatus)
    this.#lastLine = line
    return true
  }

  #judgeFraming(): Refusal | undefined {
    const read = this.#sorted
    this.contentLength = -1
    this.chunked = false
    if (read.contentLengths > 1) return bad('content-length', 'twice')
    if (read.contentLengths === 1) {
      const length = parseContentLength(read.contentLength)
      if (length < 0) return bad('content-length', read.contentLength)
      this.contentLength = length
    }
    if (read.transferEncodings === 0) return undefined
    if (read.transferEncodings > 1) return bad('transfer-encoding', 'twice')
    const isChunked = this.version === 1 && transferCoding(read.transferEncoding) === 'chunked'
    if (!isChunked) return bad('transfer-encoding', read.transferEncoding)
    if (read.contentLengths > 0) return bad('content-length beside transfer-encoding', read.contentLength)
    this.chunked = true
    return undefined
  }

  #judgeConnection(): Refusal | undefined {
    const read = this.#sorted
    this.keepAlive = this.version === 1
    this.keepAliveTimeout = -1
    if (read.keepAlive !== '') {
      const hint = timeoutHint.exec(read.keepAlive)
      if (hint !== null) this.keepAliveTimeout = Number(hint[1])
    }
    const fault = read.connection === '' ? undefined : this.#dropNominated(read)
    if (read.proxyConnection !== '' && saysClose(read.proxyConnection)) this.keepAlive = false
    if (isBodiless(this.status) && this.status !== 304) this.#dropBody()
    return fault
  }

  #dropNominated(read: ResponseFields): Refusal | undefined {
    const { connection } = read
    if (isClose(connection) || isKeepAlive(connection)) {
      this.keepAlive = isKeepAlive(connection)
      return undefined
    }
    const names = tokenList(connection, mostNominated)
    if (names === undefined) return bad('connection', connection)
    if (names.includes('keep-alive')) this.keepAlive = true
    if (names.includes('close')) this.keepAlive = false
    for (const name of names) {
      if (name === 'keep-alive' || name === 'close') continue
      if (notToNominate.has(name)) return bad('connection', connection)
      if (name === 'upgrade') this.upgrade = read.upgrade
      if (name === 'date') this.hasDate = false
      this.fields = withoutField(this.fields, name)
    }
    return undefined
  }

  /** A 1xx or 204 that announces a body breaks RFC 9112 §6.1; who knows what follows: the connection ends with it. */
  #dropBody(): void {
    if (this.chunked || this.contentLength > 0) this.keepAlive = false
    this.chunked = false
    this.contentLength = -1
  }
}

function bad(what: string, value: string): Refusal {
  return refusal('upstream_bad_response', what, value)
}
