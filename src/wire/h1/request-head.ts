import { normaliseHost } from '../../http/authority.ts'
import { appendField, withoutField } from '../../http/field-block.ts'
import { tokenList } from '../../http/tokens.ts'
import { isClose, isKeepAlive, isProtocol, mayNotNominate, mostNominated, saysClose } from './field-lines.ts'
import { type Refusal, refusal } from './refusal.ts'
import { RequestFields } from './request-fields.ts'
import { judgeRequestFraming } from './request-framing.ts'
import { RequestLine } from './request-line.ts'

/** What a listener allows in heads. Told apart by identity: keep one object per listener and trust, frozen. */
export interface RequestPolicy {
  /** The peer is a trusted proxy: what it says of the client is kept. `wholly` is of our own making: nothing it says is held back. */
  readonly trusted: boolean | 'wholly'
  /** Of names; `allow` lets the other characters of tokens besides letters, digits and hyphens pass too, else they are refused. */
  readonly underscores: 'drop' | 'reject' | 'allow'
  readonly encodedSlash: 'reject' | 'keep'
  /** Of the connection; another one in an absolute-form target is refused (RFC 9112 §3.2.2). */
  readonly scheme: 'http' | 'https'
  /** Most header fields; 0 is no limit. */
  readonly fields: number
  /** Name + value + 32 for each field; 0 is no limit. */
  readonly head: number
  /** Bytes without the CRLF; 0 is no limit. */
  readonly requestLine: number
}

/**
 * Parses the head of a request, strictly: what could be read in two ways is refused.
 *
 * @param text with the empty line at its end, as `HeadReader` gives it.
 * @returns `undefined` when `into` holds the request; after a refusal its properties mean nothing.
 */
export function parseRequestHead(
  text: string,
  policy: RequestPolicy,
  into: RequestHead,
): Refusal | undefined {
  return into.parse(text, policy)
}

const requestId = /^[A-Za-z0-9._-]{1,128}$/
const trailersCoding = /(?:^|,)[ \t]*trailers[ \t]*(?:,|$)/i

/**
 * The head of a request, judged. Used again: every parse sets every property.
 *
 * It remembers the parts of the last head: clients mostly repeat their fields or the whole of it, and what is equal byte for
 * byte is not parsed again.
 */
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
  /** The lines that go on to the next hop, ready to be sent; `RequestFields` says which do not. */
  fields = ''
  /** -1 when there is none. */
  contentLength = -1
  chunked = false
  /** The client may send another request on this connection: HTTP/1.1 without `close`. */
  keepAlive = true
  /** `Expect: 100-continue` on a request that has a body. */
  expectContinue = false
  /** The one protocol asked for, lower case; `""` when none is, or it is not named in `Connection`. */
  upgrade = ''
  acceptsTrailers = false
  /** Of OPTIONS; -1 when there is none. `fields` hold it one lower. */
  maxForwards = -1
  /** The names that the message announced in `Trailer`, as sent. */
  trailer = ''
  /** What a trusted proxy said, repeated lines joined with `, `; `""` from anybody else, here and up to `via`. */
  forwardedFor = ''
  forwardedProto = ''
  forwardedHost = ''
  forwardedPort = ''
  forwarded = ''
  requestId = ''
  via = ''
  /** Fields left out because of underscores in their names. */
  droppedFields = 0
  #line: RequestLine | undefined = undefined
  #sorted: RequestFields | undefined = undefined
  #lastText: string | undefined = undefined
  #lastPolicy: RequestPolicy | undefined = undefined
  #lastAuthority: string | undefined = undefined
  #lastHost = ''

  /** Forgets the last request, for one whose head cannot be read: its log line must not tell of another. */
  blank(): void {
    this.method = ''
    this.version = 1
    this.form = 'origin'
    this.authority = ''
    this.host = ''
    this.path = ''
    this.query = ''
    this.hasQuery = false
    this.fields = ''
    this.contentLength = -1
    this.chunked = false
    this.keepAlive = false
    this.expectContinue = false
    this.upgrade = ''
    this.acceptsTrailers = false
    this.maxForwards = -1
    this.trailer = ''
    this.forwardedFor = ''
    this.forwardedProto = ''
    this.forwardedHost = ''
    this.forwardedPort = ''
    this.forwarded = ''
    this.requestId = ''
    this.via = ''
    this.droppedFields = 0
  }

  /** See `parseRequestHead`. */
  parse(text: string, policy: RequestPolicy): Refusal | undefined {
    this.#line ??= new RequestLine()
    this.#sorted ??= new RequestFields()
    const line = this.#line
    const read = this.#sorted
    if (text !== this.#lastText || policy !== this.#lastPolicy) {
      this.#lastText = undefined
      const fault = readText(text, policy, line, read)
      if (fault !== undefined) return fault
      this.#lastText = text
      this.#lastPolicy = policy
    }
    this.#copyLine(line)
    this.#copyFields(read)
    return (
      this.#judgeHost(line, read) ??
      judgeRequestFraming(read, this) ??
      this.#judgeConnection(read, policy) ??
      this.#judgeUpgrade(read)
    )
  }

  /**
   * Takes a head that came in parts, as HTTP/2 sends it: the target and the fields in the same judgement, the host from
   * `:authority`, no connection fields. `expectContinue` is what the field says, unless the length is 0; `upgrade` is
   * the protocol of an extended CONNECT (RFC 8441), whose method becomes GET.
   */
  take(line: RequestLine, read: RequestFields): Refusal | undefined {
    this.#copyLine(line)
    this.#copyFields(read)
    this.keepAlive = true
    return (
      this.#judgeAuthority(line, read) ?? judgeRequestFraming(read, this) ?? this.#judgeProtocol(line, read)
    )
  }

  #copyLine(line: RequestLine): void {
    this.method = line.method
    this.version = line.version
    this.form = line.form
    this.path = line.path
    this.query = line.query
    this.hasQuery = line.hasQuery
  }

  #copyFields(read: RequestFields): void {
    this.fields = read.kept
    this.trailer = read.trailer
    this.forwardedFor = read.forwardedFor
    this.forwardedProto = read.forwardedProto
    this.forwardedHost = read.forwardedHost
    this.forwardedPort = read.forwardedPort
    this.forwarded = read.forwarded
    this.requestId = read.requestId !== '' && requestId.test(read.requestId) ? read.requestId : ''
    this.via = read.via
    this.droppedFields = read.droppedOdd
    this.acceptsTrailers = read.te !== '' && trailersCoding.test(read.te)
    this.maxForwards = -1
    if (this.method === 'OPTIONS' && read.maxForwardsLines === 1) this.#countDown(read.maxForwards)
  }

  #judgeHost(line: RequestLine, read: RequestFields): Refusal | undefined {
    if (read.hosts !== 1) return { reason: 'bad_host', detail: `${read.hosts} host fields` }
    const target = line.authority
    return (
      this.#setAuthority(target === '' ? read.host : target) ??
      (target !== '' && normaliseHost(read.host) === undefined
        ? refusal('bad_host', 'host', read.host)
        : undefined)
    )
  }

  /** RFC 9113 §8.3.1: `host` may stand beside `:authority` when it says the same. */
  #judgeAuthority(line: RequestLine, read: RequestFields): Refusal | undefined {
    const target = line.authority
    if (read.hosts > 1 || (read.hosts === 0 && target === ''))
      return { reason: 'bad_host', detail: `${read.hosts} host fields` }
    if (read.hosts === 1 && target !== '' && target.toLowerCase() !== read.host.toLowerCase())
      return refusal('bad_host', 'host beside another authority:', read.host)
    return this.#setAuthority(target === '' ? read.host : target)
  }

  #setAuthority(authority: string): Refusal | undefined {
    this.authority = authority
    if (authority !== this.#lastAuthority) {
      const host = normaliseHost(authority)
      if (host === undefined) return refusal('bad_host', 'host', authority)
      this.#lastAuthority = authority
      this.#lastHost = host
    }
    this.host = this.#lastHost
    return undefined
  }

  #judgeConnection(
    { connection, proxyConnection }: RequestFields,
    { trusted }: RequestPolicy,
  ): Refusal | undefined {
    this.keepAlive = this.version === 1
    this.upgrade = ''
    if (proxyConnection !== '' && saysClose(proxyConnection)) this.keepAlive = false
    if (connection === '' || isKeepAlive(connection)) return undefined
    if (isClose(connection)) {
      this.keepAlive = false
      return undefined
    }
    const names = tokenList(connection, mostNominated)
    if (names === undefined) return refusal('bad_header', 'connection', connection)
    for (const name of names) {
      if (name === 'close') this.keepAlive = false
      else if (name === 'upgrade') this.upgrade = name
      else if (mayNotNominate(name, trusted)) return refusal('bad_header', 'connection', connection)
      else if (name !== 'keep-alive') this.fields = withoutField(this.fields, name)
    }
    return undefined
  }

  #judgeUpgrade(read: RequestFields): Refusal | undefined {
    const hasBody = this.chunked || this.contentLength > 0
    const isNamed = this.upgrade !== '' && this.version === 1
    this.upgrade = ''
    if (read.upgrades > 0) {
      if (read.upgrades > 1 || !isProtocol(read.upgrade))
        return refusal('bad_upgrade', 'upgrade', read.upgrade)
      if (hasBody) return { reason: 'bad_upgrade', detail: 'upgrade with a body' }
      if (isNamed) this.upgrade = read.upgrade.toLowerCase()
    }
    this.expectContinue = hasBody && read.expects > 0 && this.version === 1
    return this.version === 0 ? undefined : expectFault(read)
  }

  #judgeProtocol({ protocol }: RequestLine, read: RequestFields): Refusal | undefined {
    this.upgrade = protocol.toLowerCase()
    this.expectContinue = read.expects > 0 && this.contentLength !== 0
    if (protocol === '') return expectFault(read)
    if (!isProtocol(protocol)) return refusal('bad_upgrade', 'protocol', protocol)
    if (this.contentLength > 0) return { reason: 'bad_upgrade', detail: 'upgrade with a body' }
    return expectFault(read)
  }

  /** RFC 9110 §7.6.2: of OPTIONS (and TRACE, which is not carried) each hop takes one off. */
  #countDown(value: string): void {
    if (!/^[0-9]{1,9}$/.test(value)) return
    this.maxForwards = Number(value)
    this.fields = withoutField(this.fields, 'max-forwards')
    if (this.maxForwards === 0) return
    this.fields = appendField(this.fields, 'max-forwards', String(this.maxForwards - 1))
  }
}

function readText(
  text: string,
  policy: RequestPolicy,
  line: RequestLine,
  read: RequestFields,
): Refusal | undefined {
  const lineEnd = text.indexOf('\r')
  if (policy.requestLine > 0 && lineEnd > policy.requestLine) {
    return refusal('uri_too_long', `line longer than ${policy.requestLine} bytes:`, text)
  }
  return line.parse(text, lineEnd, policy) ?? read.parse(text, lineEnd + 2, policy)
}

function expectFault({ expect, expects }: RequestFields): Refusal | undefined {
  if (expects === 0 || (expects === 1 && expect.toLowerCase() === '100-continue')) return undefined
  return refusal('expectation_failed', 'expect', expect)
}
