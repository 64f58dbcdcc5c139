import { isToken } from '../../../http/tokens.ts'
import { type Refusal, refusal } from '../../h1/refusal.ts'
import { RequestFields } from '../../h1/request-fields.ts'
import type { RequestHead, RequestPolicy } from '../../h1/request-head.ts'
import { RequestLine } from '../../h1/request-line.ts'
import { HeaderList, pseudoBits } from '../hpack/header-list.ts'

const { method, scheme, authority, path, protocol, status } = pseudoBits
const ordinary = method | scheme | path
const plainConnect = method | authority
const extendedConnect = method | scheme | authority | path | protocol
/** What stands around method and target in a line of HTTP/1, whose limit holds here too. */
const lineOverhead = ' '.length + ' HTTP/1.1'.length

/**
 * Reads the request heads of one HTTP/2 connection by the rules of HTTP/1: what follows in the gateway is one path, and what it
 * remembers of the last head it need not judge again.
 */
export class RequestReader {
  readonly #line = new RequestLine()
  readonly #sorted = new RequestFields()
  /** The last head whose target was taken. */
  readonly #last = new HeaderList()
  #lastPolicy: RequestPolicy | undefined = undefined

  /**
   * Fills `into` from a list, as `parseRequestHead` does from text; `chunked` is false, `keepAlive` true.
   *
   * @returns a refusal, after which the properties of `into` mean nothing. When `list.fault` is `malformed` then, which it
   * may have become here, the answer is a stream error PROTOCOL_ERROR (RFC 9113 §8.1.1); any other may be answered.
   */
  read(list: HeaderList, policy: RequestPolicy, into: RequestHead): Refusal | undefined {
    if (!this.#repeats(list, policy)) {
      const fault = this.#readTarget(list, policy)
      if (fault !== undefined) return fault
    }
    return this.#sorted.parseBlock(list.fields, policy) ?? into.take(this.#line, this.#sorted)
  }

  #repeats(list: HeaderList, policy: RequestPolicy): boolean {
    const last = this.#last
    return (
      policy === this.#lastPolicy &&
      list.fault === 'none' &&
      list.pseudo === last.pseudo &&
      list.path === last.path &&
      list.method === last.method &&
      list.authority === last.authority &&
      list.scheme === last.scheme &&
      list.protocol === last.protocol
    )
  }

  #readTarget(list: HeaderList, policy: RequestPolicy): Refusal | undefined {
    this.#lastPolicy = undefined
    if (list.fault === 'none') judgePseudo(list)
    if (list.fault !== 'none') return faultOf(list)
    const fault = targetFault(list, policy) ?? this.#line.take(list, policy.encodedSlash)
    if (fault !== undefined) return fault
    this.#last.copy(list)
    this.#lastPolicy = policy
    return undefined
  }
}

function faultOf({ fault, excess, detail }: HeaderList): Refusal {
  if (fault === 'malformed') return { reason: 'bad_header', detail }
  return { reason: excess === 'fields' ? 'too_many_fields' : 'head_too_large', detail }
}

/** RFC 9113 §8.3.1, §8.5; RFC 8441 §4. */
function judgePseudo(list: HeaderList): void {
  const { pseudo } = list
  if ((pseudo & status) !== 0) return list.blame('malformed', 'pseudo field ":status" in a request')
  if ((pseudo & method) === 0) return list.blame('malformed', 'no pseudo field ":method"')
  if (!isToken(list.method))
    return list.blame('malformed', refusal('bad_header', ':method', list.method).detail)
  if (list.method === 'CONNECT') return judgeConnect(list)
  if ((pseudo & protocol) !== 0) return list.blame('malformed', 'pseudo field ":protocol" without CONNECT')
  if ((pseudo & ordinary) !== ordinary) return list.blame('malformed', 'no pseudo field ":scheme" or ":path"')
  if (list.path === '') list.blame('malformed', 'empty pseudo field ":path"')
}

function judgeConnect(list: HeaderList): void {
  const expected = (list.pseudo & protocol) === 0 ? plainConnect : extendedConnect
  if (list.pseudo !== expected) return list.blame('malformed', 'other pseudo fields than those of CONNECT')
  if (expected === extendedConnect && (list.path === '' || list.protocol === ''))
    list.blame('malformed', 'empty pseudo field ":path" or ":protocol"')
}

function targetFault(list: HeaderList, policy: RequestPolicy): Refusal | undefined {
  const { path, scheme } = list
  if (list.method === 'CONNECT' && list.protocol === '')
    return refusal('method_not_allowed', 'method', list.method)
  if (scheme !== 'https' && scheme !== 'http') return refusal('bad_target', ':scheme', scheme)
  if (policy.requestLine > 0 && list.method.length + path.length + lineOverhead > policy.requestLine)
    return refusal('uri_too_long', `line longer than ${policy.requestLine} bytes:`, path)
  if ((list.pseudo & authority) !== 0 && list.authority === '')
    return { reason: 'bad_host', detail: 'empty pseudo field ":authority"' }
  const isTarget = path.startsWith('/') || (path === '*' && list.method === 'OPTIONS')
  return isTarget && !path.includes(' ') ? undefined : refusal('bad_target', ':path', path)
}
