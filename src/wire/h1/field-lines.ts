import { isEdgeField } from '../../http/edge-fields.ts'
import { isToken } from '../../http/tokens.ts'

/**
 * Header lines up to the empty one, names of letters, digits and hyphens, values without controls (RFC 9110 §5.5).
 * Linear: whatever one part gives back, no other can take. A value is runs of ASCII with tabs and obs-text between them: a loop
 * over one range is a fifth faster than over three.
 */
const commonLines = /(?:[A-Za-z0-9-]+:[\x20-\x7e]*(?:[\t\x80-\xff][\x20-\x7e]*)*\r\n)*\r\n/y
/** The same with every name that RFC 9110 §5.6.2 allows. */
const tokenLines = /(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n/y
const tokenLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/
const framingTwin = /^(?:content[^a-z0-9]+length|transfer[^a-z0-9]+encoding)$/
const handled = /^(?:host|connection|keep-alive|proxy(?:-.*)?|te|trailer|upgrade|expect|http2-settings):$/

/** `common`: letters, digits and hyphens only; `odd`: other characters of tokens too; `broken`: not header lines. */
export type LineGrammar = 'common' | 'odd' | 'broken'

/** The grammar of all header lines of `text` from `start` to the empty line at its end, in one pass. */
export function lineGrammar(text: string, start: number): LineGrammar {
  commonLines.lastIndex = start
  if (commonLines.test(text) && commonLines.lastIndex === text.length) return 'common'
  tokenLines.lastIndex = start
  return tokenLines.test(text) && tokenLines.lastIndex === text.length ? 'odd' : 'broken'
}

/** The first line that breaks the grammar, for the log. */
export function brokenLine(text: string, start: number): string {
  for (const line of text.slice(start, -4).split('\r\n')) if (!tokenLine.test(line)) return line
  return text.slice(start)
}

/** Whether a name has characters besides letters, digits and hyphens. */
export function isOddName(name: string): boolean {
  return /[^A-Za-z0-9-]/.test(name)
}

/** Whether underscores are all that is odd about a name. */
export function hasUnderscoresOnly(name: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(name)
}

/** Whether a name would be a framing name to a server that takes other characters for hyphens (CGI does). */
export function isFramingTwin(name: string): boolean {
  return framingTwin.test(name.toLowerCase())
}

/** Whether a name would, to such a server, be one that the codec or the edge takes out. */
export function isHandledTwin(name: string): boolean {
  const plain = `${name.replace(/[^A-Za-z0-9-]/g, '-').toLowerCase()}:`
  return handled.test(plain) || isEdgeField(plain, 0)
}

/** Names that a message must not take out by naming them in `Connection`: without them it would say something else. */
export const notToNominate: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'authorization',
  'cookie',
  'set-cookie',
])

/**
 * Whether `Connection` of a request must not take the field of that name out. What only trusted proxies may say is among them for
 * these: one that hands on what its client wrote into `Connection` would be taken for the client itself.
 */
export function mayNotNominate(lowerName: string, trusted: boolean | 'wholly'): boolean {
  return notToNominate.has(lowerName) || (trusted === true && isEdgeField(`${lowerName}:`, 0))
}

/** More names in one `Connection` than anybody sends; each costs a pass over the head. */
export const mostNominated = 16

/** Whether a `Connection` says just that, in the spellings clients use; any other goes the long way. */
export function isKeepAlive(connection: string): boolean {
  return connection === 'keep-alive' || connection === 'Keep-Alive'
}

/** See `isKeepAlive`. */
export function isClose(connection: string): boolean {
  return connection === 'close' || connection === 'Close'
}

/** Whether `close` is a member of a `Proxy-Connection`, which is no standard and is obeyed by some. */
export function saysClose(proxyConnection: string): boolean {
  return /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i.test(proxyConnection)
}

/** Whether `text` names a protocol as `Upgrade` does, `websocket` or `HTTP/2.0`: a name and perhaps a version (RFC 9110 §7.8). */
export function isProtocol(text: string): boolean {
  const slash = text.indexOf('/')
  return isToken(slash < 0 ? text : text.slice(0, slash)) && (slash < 0 || isToken(text.slice(slash + 1)))
}
