import { trimmed } from './field-block.ts'

/**
 * The value of one cookie of a `cookie` field: `"b"` of `a=1; b` has none, `a` gives `"1"`. The first wins when a name is
 * repeated. Values come byte-exact, with their quotes, as most servers read them (RFC 6265 §5.4 leaves it open).
 * Names are compared with regard to case.
 *
 * @param field the lines of the field joined with `; `.
 */
export function cookieValue(field: string, name: string): string | undefined {
  let start = 0
  while (start < field.length) {
    const semicolon = field.indexOf(';', start)
    const end = semicolon < 0 ? field.length : semicolon
    let from = start
    while (from < end && isBlank(field.charCodeAt(from))) from += 1
    if (field.charCodeAt(from + name.length) === equals && field.startsWith(name, from)) {
      if (from + name.length < end) return withoutBlanksBehind(field, from + name.length + 1, end)
    }
    start = end + 1
  }
  return undefined
}

/**
 * The values of all cookies of that name, with blanks before their `=` too: of several, servers take the one or the other, so who
 * judges by one should have one.
 *
 * @param field as for `cookieValue`.
 */
export function cookieValues(field: string, name: string): readonly string[] {
  const values: string[] = []
  for (const pair of field.split(';')) {
    const split = pair.indexOf('=')
    if (split >= 0 && trimmed(pair, 0, split) === name) values.push(trimmed(pair, split + 1, pair.length))
  }
  return values
}

const equals = 61

function withoutBlanksBehind(field: string, from: number, end: number): string {
  let to = end
  while (to > from && isBlank(field.charCodeAt(to - 1))) to -= 1
  return field.slice(from, to)
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}
