import { hasPrefix } from '../../http/edge-fields.ts'
import { isNamed, trimmed } from '../../http/field-block.ts'
import { brokenLine, isFramingTwin, isOddName, lineGrammar } from './field-lines.ts'
import { type Refusal, refusal } from './refusal.ts'
import type { ResponsePolicy } from './response-head.ts'

type Verdict = typeof keep | typeof drop
const keep = 0
const drop = 1

/**
 * The fields of a response head as they stand, sorted; `ResponseHead` judges them. Reused for every response.
 * Left out of `kept`: framing, hop-by-hop, what meshes tell each other (`l5d-*`, `x-envoy-*`), `server` unless it passes.
 */
export class ResponseFields {
  /** Runs of lines that pass, untouched. */
  kept = ''
  contentLength = ''
  contentLengths = 0
  /** With the white space around it. */
  transferEncoding = ''
  transferEncodings = 0
  /** Repeated lines joined with `, `, here and below. */
  connection = ''
  /** Meaningless but for `close`, which some peers mean. */
  proxyConnection = ''
  keepAlive = ''
  upgrade = ''
  trailer = ''
  hasDate = false
  #last: string | undefined = undefined
  #lastBlock: string | undefined = undefined
  #policy: ResponsePolicy | undefined = undefined
  #dropServer = false

  /** Sorts the lines of `text` from `from` on: header lines and the empty line. What repeats is not parsed again. */
  parse(text: string, from: number, policy: ResponsePolicy): Refusal | undefined {
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
  parseBlock(block: string, policy: ResponsePolicy): Refusal | undefined {
    if (block === this.#lastBlock && policy === this.#policy) return undefined
    const fault = this.parse(`${block}\r\n`, 0, policy)
    if (fault === undefined) this.#lastBlock = block
    return fault
  }

  #parse(text: string, from: number, policy: ResponsePolicy): Refusal | undefined {
    this.#lastBlock = undefined
    const grammar = lineGrammar(text, from)
    if (grammar === 'broken') return refusal('upstream_bad_response', 'line', brokenLine(text, from))
    const twin = grammar === 'odd' ? framingTwin(text.slice(from)) : undefined
    if (twin !== undefined) return refusal('upstream_bad_response', 'name like a framing name:', twin)
    this.#clear()
    this.#dropServer = policy.server === 'drop'
    const most = policy.fields === 0 ? Number.POSITIVE_INFINITY : policy.fields
    let count = 0
    let run = from
    let start = from
    for (;;) {
      const end = text.indexOf('\r', start)
      if (end === start) break
      if (++count > most)
        return { reason: 'upstream_head_too_large', detail: `more than ${most} header fields` }
      if (this.#sort(text, start, end) === drop) {
        if (start > run) this.kept += text.slice(run, start)
        run = end + 2
      }
      start = end + 2
    }
    if (start > run) this.kept += text.slice(run, start)
    return undefined
  }

  #sort(text: string, start: number, end: number): Verdict {
    switch (text.charCodeAt(start) | 32) {
      case 0x63: // c
        return this.#sortC(text, start, end)
      case 0x64: // d
        if (isNamed(text, start, 'date')) this.hasDate = true
        return keep
      case 0x6b: // k
        if (!isNamed(text, start, 'keep-alive')) return keep
        this.keepAlive = joined(this.keepAlive, trimmed(text, start + 11, end))
        return drop
      case 0x6c: // l
        return hasPrefix(text, start, 'l5d-') ? drop : keep
      case 0x70: // p
        return this.#sortP(text, start, end)
      case 0x73: // s
        return this.#dropServer && isNamed(text, start, 'server') ? drop : keep
      case 0x74: // t
        return this.#sortT(text, start, end)
      case 0x75: // u
        if (!isNamed(text, start, 'upgrade')) return keep
        this.upgrade = joined(this.upgrade, trimmed(text, start + 8, end))
        return drop
      case 0x78: // x
        return hasPrefix(text, start, 'x-envoy-') ? drop : keep
      default:
        return keep
    }
  }

  #sortC(text: string, start: number, end: number): Verdict {
    if (isNamed(text, start, 'content-length')) {
      this.contentLengths++
      this.contentLength = trimmed(text, start + 15, end)
      return drop
    }
    if (!isNamed(text, start, 'connection')) return keep
    this.connection = joined(this.connection, trimmed(text, start + 11, end))
    return drop
  }

  #sortP(text: string, start: number, end: number): Verdict {
    if (!isNamed(text, start, 'proxy-connection'))
      return isNamed(text, start, 'proxy-authenticate') ? drop : keep
    this.proxyConnection = joined(this.proxyConnection, trimmed(text, start + 17, end))
    return drop
  }

  #sortT(text: string, start: number, end: number): Verdict {
    if (isNamed(text, start, 'transfer-encoding')) {
      this.transferEncodings++
      this.transferEncoding = text.slice(start + 18, end)
      return drop
    }
    if (isNamed(text, start, 'trailer')) {
      this.trailer = joined(this.trailer, trimmed(text, start + 8, end))
      return drop
    }
    return isNamed(text, start, 'te') ? drop : keep
  }

  #clear(): void {
    this.kept = ''
    this.contentLength = ''
    this.contentLengths = 0
    this.transferEncoding = ''
    this.transferEncodings = 0
    this.connection = ''
    this.proxyConnection = ''
    this.keepAlive = ''
    this.upgrade = ''
    this.trailer = ''
    this.hasDate = false
  }
}

/** The first name that a lenient reader would take for a framing name. */
function framingTwin(text: string): string | undefined {
  for (const line of text.slice(0, -4).split('\r\n')) {
    const name = line.slice(0, line.indexOf(':'))
    if (isOddName(name) && isFramingTwin(name)) return name
  }
  return undefined
}

function joined(before: string, value: string): string {
  return before === '' ? value : `${before}, ${value}`
}
