/** What came of reading an object: `why` tells what is not as the API promises, and is shown to people. */
export type Reading<T> =
  | { readonly kind: 'read'; readonly object: T }
  | { readonly kind: 'refused'; readonly why: string }

export type Fields = Readonly<Record<string, unknown>>

/** Thrown inside a reader where an object is not of its form, and caught by {@link reading}. */
export class FormError extends Error {}

/** Runs a reader; what it finds not to be of the promised form becomes a reason. Anything else it throws is a mistake of ours. */
export function reading<T>(read: () => T): Reading<T> {
  try {
    return { kind: 'read', object: read() }
  } catch (error) {
    if (error instanceof FormError) return { kind: 'refused', why: error.message }
    throw error
  }
}

/** An object's own fields. */
export function fieldsOf(value: unknown, path: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'an object')
  return value as Fields
}

/** The same, where nothing counts as an empty object. */
export function optionalFields(value: unknown, path: string): Fields {
  return value === undefined || value === null ? noFields : fieldsOf(value, path)
}

/** A field that is its own: a name such as `constructor` finds nothing by inheritance. */
export function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined
}

/** A text that has to be there. */
export function text(fields: Fields, name: string, path: string): string {
  const value = own(fields, name)
  if (typeof value !== 'string' || value === '') throw wrong(`${path}.${name}`, 'a text')
  return value
}

/** A text; `""` when it is not given. */
export function optionalText(fields: Fields, name: string, path: string): string {
  const value = own(fields, name)
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw wrong(`${path}.${name}`, 'a text')
  return value
}

/** A list; empty when it is not given. */
export function optionalList(fields: Fields, name: string, path: string): readonly unknown[] {
  const value = own(fields, name)
  if (value === undefined || value === null) return noItems
  if (!Array.isArray(value)) throw wrong(`${path}.${name}`, 'a list')
  return value
}

/** A list of texts; empty when it is not given. */
export function optionalTexts(fields: Fields, name: string, path: string): readonly string[] {
  const list = optionalList(fields, name, path)
  if (!list.every((item) => typeof item === 'string')) throw wrong(`${path}.${name}`, 'a list of texts')
  return frozenList(list)
}

/** `true`, `false`, or `undefined` when it is not given. */
export function optionalFlag(fields: Fields, name: string, path: string): boolean | undefined {
  const value = own(fields, name)
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') throw wrong(`${path}.${name}`, 'true or false')
  return value
}

/** A port number; `undefined` when it is not given. */
export function optionalPort(fields: Fields, name: string, path: string): number | undefined {
  const value = own(fields, name)
  if (value === undefined || value === null) return undefined
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > 65_535)
    throw wrong(`${path}.${name}`, 'a port number')
  return value as number
}

/** One of a few words. */
export function oneOf<W extends string>(value: unknown, words: readonly W[], path: string): W {
  const found = words.find((word) => word === value)
  if (found === undefined) throw wrong(path, words.join(', '))
  return found
}

/** Frozen; all empty lists are the same one, since most objects have several. */
export function frozenList<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? noItems : Object.freeze(list)
}

/** Own text entries of an object. */
export function textEntries(value: unknown, path: string): readonly (readonly [string, string])[] {
  return Object.entries(optionalFields(value, path)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
}

function wrong(path: string, what: string): FormError {
  return new FormError(`"${path}" is not ${what}`)
}

const noItems: readonly never[] = Object.freeze([])
const noFields: Fields = Object.freeze({})
