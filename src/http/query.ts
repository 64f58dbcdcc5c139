const ampersand = 38
const equals = 61
const encoded = /[%+]/

/**
 * The first value of a query parameter, as bytes: percent-encodings and `+` are decoded, what is not a good encoding stays
 * as it stands. Both `name` and the result are latin1 text, one character a byte: see `utf8Bytes`. A parameter without
 * `=` has the value `""`. Never throws, and takes time linear in the query.
 *
 * @param query without the `?`.
 */
export function queryValue(query: string, name: string): string | undefined {
  let start = 0
  while (start <= query.length) {
    let end = start
    let split = -1
    for (; end < query.length; end += 1) {
      const code = query.charCodeAt(end)
      if (code === ampersand) break
      if (code === equals && split < 0) split = end
    }
    const nameEnd = split < 0 ? end : split
    if (nameEnd > start && isName(query, start, nameEnd, name)) {
      return split < 0 ? '' : decode(query.slice(split + 1, end))
    }
    start = end + 1
  }
  return undefined
}

/** The values of all parameters of that name, as `queryValue` gives the first. */
export function queryValues(query: string, name: string): readonly string[] {
  return query.split('&').flatMap((part) => queryValue(part, name) ?? [])
}

/** The UTF-8 bytes of a text as latin1 text: what `"é"` looks like inside a request head. */
export function utf8Bytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** The text that UTF-8 bytes, as latin1 text, stand for; U+FFFD where they stand for none. For showing to people. */
export function fromUtf8Bytes(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

function isName(query: string, start: number, end: number, name: string): boolean {
  if (end - start === name.length && query.startsWith(name, start)) return true
  // An encoded name is longer than what it stands for, or holds a "+".
  if (end - start < name.length) return false
  const text = query.slice(start, end)
  return encoded.test(text) && decode(text) === name
}

function decode(text: string): string {
  return encoded.test(text) ? text.replace(/%[0-9A-Fa-f]{2}|\+/g, decodeOne) : text
}

function decodeOne(match: string): string {
  return match === '+' ? ' ' : String.fromCharCode(Number.parseInt(match.slice(1), 16))
}
