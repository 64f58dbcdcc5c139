import { trimmed } from '../../http/field-block.ts'
import { isFieldValue, isToken } from '../../http/tokens.ts'
import { MalformedMessage, MessageReader } from '../../wire/protobuf/message-reader.ts'
import type { HeaderChange } from './header-change.ts'
import type { QueryChange } from './query-change.ts'

/** What a server says of a request. */
export type CheckVerdict =
  | { readonly kind: 'allowed'; readonly allowed: Allowed }
  | { readonly kind: 'denied'; readonly denied: Denied }
  /** Nothing that can be gone by; why, for the log. One that `mayDeny` lets nobody pass, whatever stands for no answer. */
  | { readonly kind: 'failed'; readonly why: string; readonly mayDeny: boolean }

/** `OkHttpResponse` of Envoy. */
export interface Allowed {
  readonly headers: readonly HeaderChange[]
  /** Lower case. */
  readonly remove: readonly string[]
  readonly responseHeaders: readonly HeaderChange[]
  readonly query: QueryChange
}

/** `DeniedHttpResponse` of Envoy. */
export interface Denied {
  readonly status: number
  readonly headers: readonly HeaderChange[]
  /** latin1 text of UTF-8 bytes. */
  readonly body: string
}

/** More header lines or parameters than this are not an answer. */
const mostItems = 200
const forbidden: Denied = Object.freeze({ status: 403, headers: [], body: '' })

/**
 * Reads the answer of `envoy.service.auth.v3.Authorization/Check`. Fields that are not known are skipped. As in Envoy a message that
 * says nothing allows.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/auth/v3/external_auth.proto
 */
export function readCheckResponse(message: Buffer): CheckVerdict {
  try {
    return verdictOf(new MessageReader(message))
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error
    return { kind: 'failed', why: `answered no CheckResponse: ${error.message}`, mayDeny: denies(message) }
  }
}

/** Whether a message that cannot be used says no, as far as it can be read: by its status, or by how it denies. */
function denies(message: Buffer): boolean {
  const response = new MessageReader(message)
  try {
    while (response.next())
      if (response.field === 2 || (response.field === 1 && firstNumber(response.message()) !== 0)) return true
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error
  }
  return false
}

function verdictOf(response: MessageReader): CheckVerdict {
  const seen = new Set<number>()
  let code = 0
  let allowed: Allowed | undefined
  let denied: Denied | undefined
  while (response.next()) {
    const { field } = response
    if (field > 5 || field === 4) continue
    // A second one would have to be merged with the first, and only one of 2, 3 and 5 may be there: nobody writes that.
    if (seen.has(field)) throw new MalformedMessage(`field ${field} is there twice`)
    seen.add(field)
    if (field === 1) code = firstNumber(response.message())
    else if (field === 2) denied = deniedOf(response.message())
    else if (field === 3) allowed = allowedOf(response.message())
  }
  if (seen.has(5)) return { kind: 'failed', why: 'answered with an error_response', mayDeny: false }
  if (code !== 0) return { kind: 'denied', denied: denied ?? forbidden }
  if (denied !== undefined) throw new MalformedMessage('it denies with the status OK')
  return { kind: 'allowed', allowed: allowed ?? nothing }
}

const nothing: Allowed = Object.freeze({
  headers: [],
  remove: [],
  responseHeaders: [],
  query: { set: [], remove: [] },
})

/** The code of a `google.rpc.Status` or an `HttpStatus`, the value of a `BoolValue`. */
function firstNumber(message: MessageReader): number {
  let number = 0
  while (message.next()) if (message.field === 1) number = message.number()
  return number
}

function deniedOf(message: MessageReader): Denied {
  const headers: HeaderChange[] = []
  let status = 0
  let body = ''
  while (message.next()) {
    if (message.field === 1) status = firstNumber(message.message())
    else if (message.field === 2) add(headers, changeOf(message.message()))
    else if (message.field === 3) body = message.octets()
  }
  if (status === 0) return { status: 403, headers, body }
  if (status < 200 || status > 599 || [204, 205, 304].includes(status))
    throw new MalformedMessage(`it denies with status ${status}`)
  return { status, headers, body }
}

function allowedOf(message: MessageReader): Allowed {
  const headers: HeaderChange[] = []
  const responseHeaders: HeaderChange[] = []
  const remove: string[] = []
  const query = { set: [] as (readonly [string, string])[], remove: [] as string[] }
  while (message.next()) {
    const { field } = message
    if (field === 2) add(headers, changeOf(message.message()))
    else if (field === 5) add(remove, message.octets().toLowerCase())
    else if (field === 6) add(responseHeaders, changeOf(message.message()))
    else if (field === 7) add(query.set, pairOf(message.message()))
    else if (field === 8) add(query.remove, message.octets())
  }
  return { headers, remove, responseHeaders, query }
}

function add<T>(items: T[], item: T): void {
  if (items.length === mostItems) throw new MalformedMessage(`it has more than ${mostItems} of a kind`)
  items.push(item)
}

/** `HeaderValueOption`. */
function changeOf(message: MessageReader): HeaderChange {
  let pair: readonly [string, string] = ['', '']
  let append: 'unsaid' | 'yes' | 'no' = 'unsaid'
  let action = 0
  while (message.next()) {
    if (message.field === 1) pair = pairOf(message.message())
    else if (message.field === 2) append = firstNumber(message.message()) === 0 ? 'no' : 'yes'
    else if (message.field === 3) action = message.number()
  }
  const [key, value] = pair
  const name = key.toLowerCase()
  // A pseudo-header is no header here, and left out later; anything else has to be one.
  if (!isToken(name.replace(/^:/, ''))) throw new MalformedMessage('a header has no such name')
  if (!isFieldValue(value)) throw new MalformedMessage(`header "${name}" has no such value`)
  return { name, value: trimmed(value, 0, value.length), how: howOf(append, action) }
}

/** `append` is the older way to say it, and wins, as in Envoy. What is not said is 0, as is APPEND_IF_EXISTS_OR_ADD. */
function howOf(append: 'unsaid' | 'yes' | 'no', action: number): HeaderChange['how'] {
  if (append !== 'unsaid') return append === 'yes' ? 'append' : 'replace'
  const how = actions[action]
  if (how === undefined) throw new MalformedMessage(`append_action ${action} is not known`)
  return how
}

const actions = ['set', 'absent', 'replace', 'existing'] as const

/** `HeaderValue` and `QueryParameter`; of a header the bytes count, where there are any. */
function pairOf(message: MessageReader): readonly [string, string] {
  let key = ''
  let value = ''
  let raw = ''
  while (message.next()) {
    if (message.field === 1) key = message.octets()
    else if (message.field === 2) value = message.octets()
    else if (message.field === 3) raw = message.bytes().toString('latin1')
  }
  return [key, raw === '' ? value : raw]
}
