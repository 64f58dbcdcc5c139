import { hasPrefix, isEdgeField, isIdentityField } from '../../http/edge-fields.ts'
import { isNamed, trimmed } from '../../http/field-block.ts'
import {
  brokenLine,
  hasUnderscoresOnly,
  isFramingTwin,
  isHandledTwin,
  isOddName,
  lineGrammar,
} from './field-lines.ts'
import { type Refusal, refusal } from './refusal.ts'
import type { RequestPolicy } from './request-head.ts'

/** What a line of a request head comes to. */
type Verdict = typeof keep | typeof drop | typeof refuse
const keep = 0
const drop = 1
const refuse = 2

/** The fields of a request head as they stand, sorted; `RequestHead` judges them. Reused for every request. */
export class RequestFields {
  /** Runs of lines that pass, untouched. */
  kept = ''
  droppedOdd = 0
  host = ''
  hosts = 0
  contentLength = ''
  contentLengths = 0
  /** With the white space around it. */
  transferEncoding = ''
  transferEncodings = 0
  /** Repeated lines joined with `, `. */
  connection = ''
  /** Meaningless but for `close`, which some peers obey. */
  proxyConnection = ''
  upgrade = ''
  upgrades = 0
  expect = ''
  expects = 0
  te = ''
  trailer = ''
  maxForwards = ''
  maxForwardsLines = 0
  forwardedFor = ''
  forwardedProto = ''
  forwardedHost = ''
  forwardedPort = ''
  forwarded = ''
  requestId = ''
  via = ''
  #last: string | undefined = undefined
  #lastBlock: string | undefined = undefined
  #policy: RequestPolicy | undefined = undefined
  #trusted: RequestPolicy['trusted'] = false

  /**
   * Sorts the lines of `text` from `from` on: header lines and the empty line. The fields of one client mostly repeat, and
   * those that do are not parsed again.
   */
  parse(text: string, from: number, policy: RequestPolicy): Refusal | undefined {
    const section = text.slice(from)
    if (section === this.#last && policy === this.#policy) return undefined
    this.#last = undefined
    const fault = this.#parse(text, from, policy)
    if (fault !== undefined) return fault
    this.#last = section
    this.#policy = policy
    return undefined
  }

  /** Sorts a field block: lines without the empty one, as HTTP/2's are put together. */
  parseBlock(block: string, policy: RequestPolicy): Refusal | undefined {
    if (block === this.#lastBlock && policy === this.#policy) return undefined
    const fault = this.parse(`${block}\r\n`, 0, policy)
    if (fault === undefined) this.#lastBlock = block
    return fault
  }

  #parse(text: string, from: number, policy: RequestPolicy): Refusal | undefined {
    this.#lastBlock = undefined
    const grammar = lineGrammar(text, from)
    if (grammar === 'broken') return refusal('bad_header', 'line', brokenLine(text, from))
    this.#clear()
    this.#trusted = policy.trusted
    const isOdd = grammar === 'odd'
    const most = policy.fields === 0 ? Number.POSITIVE_INFINITY : policy.fields
    let count = 0
    let run = from
    let start = from
    for (;;) {
      const end = text.indexOf('\r', start)
      if (end === start) break
      if (++count > most) return { reason: 'too_many_fields', detail: `more than ${most} header fields` }
      const verdict = isOdd ? oddNameVerdict(text, start, policy.underscores) : keep
      if (verdict === refuse) return refusal('bad_header', 'name', text.slice(start, end))
      if (verdict === drop) this.droppedOdd++
      if (verdict === drop || this.#sort(text, start, end) === drop) {
        if (start > run) this.kept += text.slice(run, start)
        run = end + 2
      }
      start = end + 2
    }
    if (start > run) this.kept += text.slice(run, start)
    return sizeFault(count, start - from, policy)
  }

  #sort(text: string, start: number, end: number): Verdict {
    switch (text.charCodeAt(start) | 32) {
      case 0x61: // a: the most frequent, none of ours
        return keep
      case 0x63: // c
        return this.#sortC(text, start, end)
      case 0x65: // e
        if (!isNamed(text, start, 'expect')) return keep
        this.expects++
        this.expect = trimmed(text, start + 7, end)
        return drop
      case 0x68: // h
        return this.#sortH(text, start, end)
      case 0x6b: // k
        return isNamed(text, start, 'keep-alive') ? drop : keep
      case 0x6d: // m
        if (!isNamed(text, start, 'max-forwards')) return keep
        this.maxForwards = trimmed(text, start + 13, end)
        this.maxForwardsLines++
        return keep
      case 0x70: // p
        return this.#sortP(text, start, end)
      case 0x74: // t
        return this.#sortT(text, start, end)
      case 0x75: // u
        if (!isNamed(text, start, 'upgrade')) return keep
        this.upgrades++
        this.upgrade = trimmed(text, start + 8, end)
        return drop
      case 0x66: // f
      case 0x76: // v
      case 0x78: // x
        return this.#sortForwarded(text, start, end)
      default:
        return this.#sortEdge(text, start)
    }
  }

  #sortC(text: string, start: number, end: number): Verdict {
    if (isNamed(text, start, 'content-length')) {
      this.contentLengths++
      this.contentLength = trimmed(text, start + 15, end)
      return drop
    }
    if (isNamed(text, start, 'connection')) {
      this.connection = joined(this.connection, trimmed(text, start + 11, end))
      return drop
    }
    return this.#sortEdge(text, start)
  }

  #sortH(text: string, start: number, end: number): Verdict {
    if (isNamed(text, start, 'host')) {
      this.hosts++
      this.host = trimmed(text, start + 5, end)
      return drop
    }
    return isNamed(text, start, 'http2-settings') ? drop : keep
  }

  /** Also "proxy", which CGI programs take for HTTP_PROXY of their environment. */
  #sortP(text: string, start: number, end: number): Verdict {
    if (isNamed(text, start, 'proxy-connection')) {
      this.proxyConnection = joined(this.proxyConnection, trimmed(text, start + 17, end))
    }
    return hasPrefix(text, start, 'proxy-') || isNamed(text, start, 'proxy') ? drop : keep
  }

  #sortT(text: string, start: number, end: number): Verdict {
    if (isNamed(text, start, 'transfer-encoding')) {
      this.transferEncodings++
      this.transferEncoding = text.slice(start + 18, end)
      return drop
    }
    if (isNamed(text, start, 'te')) {
      this.te = joined(this.te, trimmed(text, start + 3, end))
      return drop
    }
    if (isNamed(text, start, 'trailer')) {
      this.trailer = joined(this.trailer, trimmed(text, start + 8, end))
      return drop
    }
    return this.#sortEdge(text, start)
  }

  /** Fields a trusted proxy may say are kept apart, for the gateway to carry on; from others nothing is. */
  #sortForwarded(text: string, start: number, end: number): Verdict {
    if (this.#trusted === 'wholly' || !isEdgeField(text, start)) return keep
    return this.#trusted ? this.#sortTrusted(text, start, end) : drop
  }

  #sortTrusted(text: string, start: number, end: number): Verdict {
    const value = trimmed(text, text.indexOf(':', start) + 1, end)
    if (isNamed(text, start, 'x-forwarded-for')) this.forwardedFor = joined(this.forwardedFor, value)
    else if (isNamed(text, start, 'x-forwarded-proto'))
      this.forwardedProto = joined(this.forwardedProto, value)
    else if (isNamed(text, start, 'x-forwarded-host')) this.forwardedHost = joined(this.forwardedHost, value)
    else if (isNamed(text, start, 'x-forwarded-port')) this.forwardedPort = joined(this.forwardedPort, value)
    else if (isNamed(text, start, 'forwarded')) this.forwarded = joined(this.forwarded, value)
    else if (isNamed(text, start, 'x-request-id')) this.requestId = joined(this.requestId, value)
    else if (isNamed(text, start, 'via')) this.via = joined(this.via, value)
    else return isIdentityField(text, start) ? drop : keep
    return drop
  }

  #sortEdge(text: string, start: number): Verdict {
    if (this.#trusted === 'wholly' || !isEdgeField(text, start)) return keep
    return this.#trusted && !isIdentityField(text, start) ? keep : drop
  }

  #clear(): void {
    this.kept = ''
    this.droppedOdd = 0
    this.host = ''
    this.hosts = 0
    this.contentLength = ''
    this.contentLengths = 0
    this.transferEncoding = ''
    this.transferEncodings = 0
    this.connection = ''
    this.proxyConnection = ''
    this.upgrade = ''
    this.upgrades = 0
    this.expect = ''
    this.expects = 0
    this.te = ''
    this.trailer = ''
    this.maxForwards = ''
    this.maxForwardsLines = 0
    this.forwardedFor = ''
    this.forwardedProto = ''
    this.forwardedHost = ''
    this.forwardedPort = ''
    this.forwarded = ''
    this.requestId = ''
    this.via = ''
  }
}

/** The few lines whose names hold other characters than letters, digits and hyphens. */
function oddNameVerdict(text: string, start: number, underscores: RequestPolicy['underscores']): Verdict {
  const name = text.slice(start, text.indexOf(':', start))
  if (!isOddName(name)) return keep
  if (isFramingTwin(name)) return refuse
  if (underscores === 'allow' && !isHandledTwin(name)) return keep
  return underscores === 'reject' || !hasUnderscoresOnly(name) ? refuse : drop
}

function joined(before: string, value: string): string {
  return before === '' ? value : `${before}, ${value}`
}

/** Name, value and 32 for each field, as HTTP/2 counts (RFC 9113 §10.5.1). `length` is that of all lines. */
function sizeFault(count: number, length: number, policy: RequestPolicy): Refusal | undefined {
  const size = length + count * 29
  if (policy.head === 0 || size <= policy.head) return undefined
  return { reason: 'head_too_large', detail: `header fields of ${size} bytes, limit ${policy.head}` }
}
