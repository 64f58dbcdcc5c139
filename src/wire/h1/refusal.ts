import type { Reason } from '../../model/reasons.ts'

/** Why a message is not taken. `detail` quotes the offending value, escaped, at most 80 characters of it. */
export interface Refusal {
  readonly reason: Reason
  readonly detail: string
}

/** A refusal that quotes a value a peer sent: `refusal('bad_host', 'host', 'a..b')` says `host "a..b"`. */
export function refusal(reason: Reason, what: string, value: string): Refusal {
  return { reason, detail: `${what} ${quoted(value)}` }
}

const longestQuote = 80

/** The value in quotes, controls and bytes above 7E as `\x0a`, so that it can stand in a log line. */
function quoted(value: string): string {
  const escaped = value.slice(0, longestQuote).replace(/[^\x20-\x7e]|["\\]/g, escapeByte)
  const cut = escaped.slice(0, longestQuote)
  return cut.length < escaped.length || value.length > longestQuote ? `"${cut}"…` : `"${cut}"`
}

function escapeByte(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}
