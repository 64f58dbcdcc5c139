import { trimmed } from '../../http/field-block.ts'

/** What `contentLength` returns for text that is not one decimal number, and for one that is too large to count. */
export const notDecimal = -2
export const beyondCount = -3

/** 2^53: above it numbers are not exact. Compared by digits before anything becomes a number. */
const mostDigits = 16

/**
 * The value of a content-length line: decimal digits only, leading zeros without meaning (RFC 9110 §8.6).
 * `notDecimal` or `beyondCount` when it is none.
 */
export function parseContentLength(value: string): number {
  const length = value.length
  let first = -1
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i)
    if (code < 48 || code > 57) return notDecimal
    if (first < 0 && code !== 48) first = i
  }
  if (length === 0) return notDecimal
  if (first < 0) return 0
  if (length - first > mostDigits) return beyondCount
  const number = Number(value)
  return number > Number.MAX_SAFE_INTEGER ? beyondCount : number
}

/**
 * How a transfer-encoding value stands: `chunked` alone is understood; other codings before it, or alone, are `unknown`;
 * everything else (empty members, parameters, quotes, chunked twice or not last) breaks the framing. RFC 9112 §6.1, §7.
 *
 * @param raw with the white space around it: a tab behind the coding, which some parsers take for a part of it, breaks too.
 */
export function transferCoding(raw: string): 'chunked' | 'unknown' | 'broken' {
  if (raw === ' chunked') return 'chunked'
  if (hasTabBehind(raw)) return 'broken'
  const codings = raw.toLowerCase().split(',', 17)
  let unknown = 0
  for (const [index, coding] of codings.entries()) {
    const name = trimmed(coding, 0, coding.length)
    if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name)) return 'broken'
    if (name !== 'chunked') unknown++
    else if (index !== codings.length - 1) return 'broken'
  }
  return unknown === 0 ? 'chunked' : 'unknown'
}

function hasTabBehind(raw: string): boolean {
  let end = raw.length
  while (end > 0 && raw.charCodeAt(end - 1) === 32) end--
  return raw.charCodeAt(end - 1) === 9
}
