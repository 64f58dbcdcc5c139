import type { Refusal } from './refusal.ts'
import { refusal } from './refusal.ts'

/**
 * Header lines up to the empty one, names of letters, digits and hyphens, values without controls (RFC 9110 §5.5).
 * Linear: whatever is given back by one part can be taken by no other.
 */
const commonLines = /(?:[A-Za-z0-9-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n/y
/** The same with every name RFC 9110 §5.6.2 allows. */
const tokenLines = /(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n/y
const tokenLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/
const framingTwin = /^(?:content|transfer)[^a-z0-9](?:length|encoding)$/

/** `common`: letters, digits and hyphens only; `odd`: other characters of tokens too; `broken`: not header lines. */
export type LineGrammar = 'common' | 'odd' | 'broken'

/** The grammar of all header lines of `text` from `start` to the empty line at its end, in one pass. */
export function lineGrammar(text: string, start: number): LineGrammar {
  commonLines.lastIndex = start
  if (commonLines.test(text)) return 'common'
  tokenLines.lastIndex = start
  return tokenLines.test(text) ? 'odd' : 'broken'
}

/** The first line that breaks the grammar, for the log. */
export function brokenLine(text: string, start: number): string {
  for (const line of text.slice(start, -4).split('\r\n')) if (!tokenLine.test(line)) return line
  return ''
}

/** Whether a name has characters besides letters, digits and hyphens. */
export function isOddName(name: string): boolean {
  return /[^A-Za-z0-9-]/.test(name)
}

/** Whether a name would be a framing name to a server that takes other characters for hyphens (CGI does). */
export function isFramingTwin(name: string): boolean {
  return framingTwin.test(name.toLowerCase())
}

/** What is refused in names the message lists in `Connection`: without them it would say something else. */
export const notToNominate: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'authorization',
  'cookie',
  'set-cookie',
])

/** More names in one `Connection` than anybody sends; each costs a pass over the head. */
export const mostNominated = 16

/** A refusal for header lines, whichever side sent them. */
export function brokenFields(side: 'request' | 'response', what: string, value: string): Refusal {
  return refusal(side === 'request' ? 'bad_header' : 'upstream_bad_response', what, value)
}
