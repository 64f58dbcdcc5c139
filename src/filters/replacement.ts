import type { Regex } from '../std/regex.ts'

/** Most places a rewrite replaces, and longest text it makes: what keeps a rewrite's time and memory bounded. */
const maxReplaced = 64
const maxResult = 8192

/** A piece of a replacement: text as it is, or the number of a group. */
type Piece = string | number

/** A replacement that was read once: `/v2/$1` is `['/v2/', 1]`. */
export type Replacement = readonly Piece[]

/** Reads `$1` to `$9` as groups, `$0` as the whole match and `$$` as a dollar sign; any other `$` stands for itself. */
export function parseReplacement(text: string): Replacement {
  const pieces: Piece[] = []
  let rest = 0
  for (const found of text.matchAll(/\$([0-9$])/g)) {
    if (found.index > rest) pieces.push(text.slice(rest, found.index))
    pieces.push(found[1] === '$' ? '$' : Number(found[1]))
    rest = found.index + found[0].length
  }
  if (rest < text.length) pieces.push(text.slice(rest))
  return pieces
}

/**
 * `text` with every match of `regex` replaced; the same string when there is none. A group that took no part is empty.
 *
 * `undefined` when it would replace more than 64 places or make more than 8 KiB: a search for each match
 * makes many matches quadratic, even with RE2.
 */
export function replaceMatches(regex: Regex, replacement: Replacement, text: string): string | undefined {
  if (text.length > maxResult) return undefined
  const matcher = regex.matcher(text)
  let result = ''
  let from = 0
  for (let count = 0; matcher.find(); count += 1) {
    if (count === maxReplaced || result.length > maxResult) return undefined
    result += text.slice(from, matcher.start())
    for (const piece of replacement) {
      result +=
        typeof piece === 'string' ? piece : piece <= matcher.groupCount() ? (matcher.group(piece) ?? '') : ''
    }
    from = matcher.end()
  }
  const whole = result + text.slice(from)
  return whole.length > maxResult ? undefined : whole
}
