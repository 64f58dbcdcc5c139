/** Deeper than this nothing that we read is nested. */
const deepest = 32

/**
 * Parses JSON whose objects name every member once and which is nested at most 32 deep; `undefined` otherwise. `JSON.parse`
 * takes the last of two members with one name where another reader takes the first (RFC 8259 §4, RFC 7515 §4).
 *
 * Names are looked at as they are once escapes are undone: every member has one colon outside of texts, so members that were
 * lost are seen by counting.
 */
export function parseStrictJson(text: string): unknown {
  const members = countMembers(text)
  if (members === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return countKeys(value) === members ? value : undefined
  } catch {
    return undefined
  }
}

/** A parsed object, and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const quote = 34
const backslash = 92

/** Colons outside of texts; `undefined` when it is nested too deep. */
function countMembers(text: string): number | undefined {
  let members = 0
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case quote:
        i = textEnd(text, i)
        break
      case 0x3a:
        members += 1
        break
      case 0x5b:
      case 0x7b:
        depth += 1
        if (depth > deepest) return undefined
        break
      case 0x5d:
      case 0x7d:
        depth -= 1
        break
      default:
    }
  }
  return members
}

/** Index of the quotation mark that ends a text, or the last index. */
function textEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end < 0 ? text.length : end
}

function isEscaped(text: string, at: number): boolean {
  let first = at
  while (text.charCodeAt(first - 1) === backslash) first -= 1
  return (at - first) % 2 === 1
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let keys = 0
  if (Array.isArray(value)) {
    for (const item of value) keys += countKeys(item)
    return keys
  }
  for (const item of Object.values(value)) keys += 1 + countKeys(item)
  return keys
}
