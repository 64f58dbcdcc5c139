import { eachField } from '../../http/field-block.ts'
import { isFieldValue, isToken } from '../../http/tokens.ts'

/** Headers as Node has them: names in lower case. */
export type Headers = Record<string, string | string[]>

/** Of these Node keeps the first line and drops others, as `http.IncomingMessage.headers` documents. */
const single = new Set([
  'age',
  'authorization',
  'content-type',
  'etag',
  'expires',
  'from',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
])

/** Made by `new`, as objects without a prototype are slow: a header may be called `constructor`. */
function NoPrototype() {}
NoPrototype.prototype = Object.create(null) as object

/** Headers without any. */
export function noHeaders(): Headers {
  return new (NoPrototype as unknown as new () => Headers)()
}

/** Puts field lines of a request into `headers` as Node's parser would: lines of one name become one. */
export function readLines(fields: string, headers: Headers): void {
  eachField(fields, (sent, value) => {
    const name = sent.toLowerCase()
    const before = headers[name]
    if (before === undefined) headers[name] = name === 'set-cookie' ? [value] : value
    else if (typeof before === 'object') before.push(value)
    else if (!single.has(name)) headers[name] = `${before}${name === 'cookie' ? '; ' : ', '}${value}`
  })
}

/** Headers of a response, as undici has them: lines of one name stay lines. */
export function responseHeaders(fields: string): Headers {
  const headers = noHeaders()
  eachField(fields, (sent, value) => {
    const name = sent.toLowerCase()
    const before = headers[name]
    if (before === undefined) headers[name] = value
    else if (typeof before === 'object') before.push(value)
    else headers[name] = [before, value]
  })
  return headers
}

/** `[name, value, name, value, …]`, as they were sent. */
export function rawLines(fields: string): string[] {
  const lines: string[] = []
  eachField(fields, (name, value) => lines.push(name, value))
  return lines
}

/** What the gateway says itself on every connection; an extension cannot. */
const ownedByGateway = new Set([
  'connection',
  'content-length',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What Fastify and its plugins may set: anything that Node can print, or an array of it. */
export type HeaderValues = Readonly<Record<string, unknown>>

/**
 * Field lines of `headers`, without those of the connection, the host and the length.
 *
 * @throws {TypeError} for a name or a value that cannot stand in a header.
 */
export function linesOf(headers: HeaderValues): string {
  let lines = ''
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined || value === null) continue
    if (typeof value === 'string') lines += lineOf(name, value)
    else if (Array.isArray(value)) for (const one of value) lines += lineOf(name, String(one))
    else lines += lineOf(name, `${value as number}`)
  }
  return lines
}

/** One line; `""` for a field that is the gateway's. */
export function lineOf(name: string, value: string): string {
  if (ownedByGateway.has(name)) return ''
  if (!isToken(name)) throw new TypeError(`header name ${JSON.stringify(name)} is not a token`)
  if (!isFieldValue(value)) throw new TypeError(`value of header ${name} holds characters that it cannot`)
  return ownedByGateway.has(name.toLowerCase()) ? '' : `${name}: ${value}\r\n`
}

/** What `content-length` says; -1 when it is missing or no number. */
export function lengthOf(value: unknown): number {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : -1
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : -1
}
