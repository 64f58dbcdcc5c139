import { isCarried } from '../../http/methods.ts'
import { normalisePath } from '../../http/path.ts'
import { isToken } from '../../http/tokens.ts'
import { type Refusal, refusal } from './refusal.ts'

/**
 * A whole line, CRLF included, with nothing to look into: origin-form, a path that `normalisePath` would leave alone, a query.
 * One regular expression is faster than any number of small steps; what it does not match takes them.
 */
const plainLine =
  /[A-Z]+ (?:\/(?!\.?\.?\/|\.\.?[ ?])[A-Za-z0-9._~!$&'()*+,=:@[\]-]*)+(?:\?[\x21\x22\x24-\x7e]*)? HTTP\/1\.[01]\r\n/y
/** Every byte a query may hold: all that is visible, but `#` (RFC 3986 §3.4, without its narrower set). */
const queryBytes = /^[\x21\x22\x24-\x7e]*$/
/** `HTTP/1.1` and the space before it. */
const versionLength = 9
const digitOne = 49
const lineFeed = 10
const otherVersion = / HTTP\/[0-9]\.[0-9]$/
const absolute = {
  http: /^[Hh][Tt][Tt][Pp]:\/\/([^/?#]+)(\/.*)?$/,
  https: /^[Hh][Tt][Tt][Pp][Ss]:\/\/([^/?#]+)(\/.*)?$/,
}

/** What HTTP/2 says in place of a request line; `""` for what is absent. */
export interface PseudoTarget {
  readonly method: string
  readonly authority: string
  readonly path: string
  readonly protocol: string
}

/** What a target may say. */
export interface TargetRules {
  readonly encodedSlash: 'reject' | 'keep'
  /** The one scheme of absolute-form targets: that of the connection. */
  readonly scheme: 'http' | 'https'
}

/** The first line of a request, taken apart. Reused; every parse sets every property. */
export class RequestLine {
  method = ''
  version: 0 | 1 = 1
  form: 'origin' | 'absolute' | 'asterisk' = 'origin'
  /** Of an absolute-form target, as sent; else `""`. */
  authority = ''
  path = ''
  query = ''
  hasQuery = false
  /** Of an extended CONNECT, as sent; else `""`. */
  protocol = ''

  /**
   * @param text the head.
   * @param end index of the first CR in it.
   */
  parse(text: string, end: number, rules: TargetRules): Refusal | undefined {
    plainLine.lastIndex = 0
    return plainLine.test(text) ? this.#plain(text, end) : this.#strange(text, end, rules)
  }

  /**
   * Takes what HTTP/2 says in pseudo fields. An extended CONNECT, the only one there is here, becomes a GET.
   *
   * @param pseudo its path starts with `/`, or is `*`; its authority may be empty.
   */
  take(pseudo: PseudoTarget, encodedSlash: 'reject' | 'keep'): Refusal | undefined {
    const { method, path, protocol } = pseudo
    this.version = 1
    this.protocol = protocol
    this.method = protocol === '' ? methodOf(method, method.length) : 'GET'
    if (this.method === '') return methodFault(method)
    const fault =
      path === '*' && this.method === 'OPTIONS' ? this.#asterisk() : this.#origin(path, encodedSlash)
    this.authority = pseudo.authority
    return fault
  }

  #plain(text: string, end: number): Refusal | undefined {
    const methodEnd = text.indexOf(' ')
    const targetEnd = end - versionLength
    const mark = text.indexOf('?', methodEnd)
    this.method = methodOf(text, methodEnd)
    if (this.method === '') return methodFault(text.slice(0, methodEnd))
    this.version = text.charCodeAt(end - 1) === digitOne ? 1 : 0
    this.form = 'origin'
    this.authority = ''
    this.protocol = ''
    this.hasQuery = mark >= 0 && mark < targetEnd
    this.path = text.slice(methodEnd + 1, this.hasQuery ? mark : targetEnd)
    this.query = this.hasQuery ? text.slice(mark + 1, targetEnd) : ''
    return undefined
  }

  #strange(text: string, end: number, rules: TargetRules): Refusal | undefined {
    const line = text.slice(0, end)
    const targetEnd = end - versionLength
    const minor = line.charCodeAt(end - 1) - digitOne + 1
    if (!line.startsWith(' HTTP/1.', targetEnd) || (minor !== 1 && minor !== 0)) return versionFault(line)
    if (text.charCodeAt(end + 1) !== lineFeed) return refusal('bad_request_line', 'CR in line', line)
    const methodEnd = line.indexOf(' ')
    if (methodEnd >= targetEnd) return refusal('bad_request_line', 'line', line)
    this.version = minor
    this.protocol = ''
    this.method = methodOf(line, methodEnd)
    if (this.method === '') return methodFault(line.slice(0, methodEnd))
    return this.#target(line.slice(methodEnd + 1, targetEnd), rules)
  }

  #target(target: string, { encodedSlash, scheme }: TargetRules): Refusal | undefined {
    this.authority = ''
    if (target.charCodeAt(0) === 47) return this.#origin(target, encodedSlash)
    if (target === '*' && this.method === 'OPTIONS') return this.#asterisk()
    const parts = absolute[scheme].exec(target)
    if (parts === null || target.includes(' ')) {
      const isLineFault = target === '' || target.startsWith(' ')
      return refusal(isLineFault ? 'bad_request_line' : 'bad_target', 'target', target)
    }
    this.authority = parts[1] ?? ''
    if (parts[2] === undefined && this.method === 'OPTIONS') return this.#asterisk()
    const fault = this.#origin(parts[2] ?? '/', encodedSlash)
    this.form = 'absolute'
    return fault
  }

  /** `OPTIONS *` asks about the server; a proxy writes it as a URL without a path (RFC 9112 §3.2.4). */
  #asterisk(): undefined {
    this.form = 'asterisk'
    this.path = '*'
    this.query = ''
    this.hasQuery = false
  }

  #origin(target: string, encodedSlash: 'reject' | 'keep'): Refusal | undefined {
    this.form = 'origin'
    const mark = target.indexOf('?')
    this.hasQuery = mark >= 0
    this.query = mark >= 0 ? target.slice(mark + 1) : ''
    if (mark >= 0 && !queryBytes.test(this.query)) return refusal('bad_target', 'query', this.query)
    const raw = mark >= 0 ? target.slice(0, mark) : target
    const path = normalisePath(raw, encodedSlash)
    if (path === undefined) return refusal(raw.includes(' ') ? 'bad_request_line' : 'bad_path', 'path', raw)
    this.path = path
    return undefined
  }
}

/** The method, as a string that exists already when it is a frequent one; `""` when it is not carried. */
function methodOf(line: string, end: number): string {
  if (end === 3 && line.startsWith('GET')) return 'GET'
  if (end === 4 && line.startsWith('POST')) return 'POST'
  const method = line.slice(0, end)
  return isCarried(method) ? method : ''
}

function methodFault(method: string): Refusal {
  return refusal(isToken(method) ? 'method_not_allowed' : 'bad_request_line', 'method', method)
}

function versionFault(line: string): Refusal {
  const isOther = otherVersion.test(line)
  return refusal(isOther ? 'unsupported_version' : 'bad_request_line', 'line', line)
}
