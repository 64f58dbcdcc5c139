import { Secret } from '../../../model/secret.ts'

/**
 * Whether two trimmed objects say the same, whichever version they are of. Knows what such objects are made of: plain objects,
 * lists, maps, secrets and simple values. `isDeepStrictEqual` would take any two secrets for the same.
 */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Secret) return b instanceof Secret && a.reveal() === b.reveal()
  if (a instanceof Map) return b instanceof Map && isSameMap(a, b)
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => isSame(item, b[index]))
  return isSameRecord(a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>)
}

/** The version differs with every write, whatever it changed. */
const leftOut = 'resourceVersion'

function isSameRecord(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => name === leftOut || (Object.hasOwn(b, name) && isSame(a[name], b[name])))
}

/** The order counts: of two annotations that contradict each other the later might win. */
function isSameMap(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  if (a.size !== b.size) return false
  const others = b.entries()
  for (const [name, value] of a) {
    const other = others.next().value
    if (other === undefined || other[0] !== name || !isSame(value, other[1])) return false
  }
  return true
}
