import { refusal } from '../../h1/refusal.ts'
import { fieldOverhead } from './static-table.ts'

/**
 * What a field is to the header list: judged once for a table entry, however often it is referred to. From `firstPseudo` on
 * they are the pseudo fields.
 */
export const fieldKinds = { regular: 0, cookie: 1, te: 2, broken: 3, firstPseudo: 4 } as const

/** Pseudo fields in the order of their kinds and of the bits of `HeaderList.pseudo`. */
const pseudoNames = ['method', 'scheme', 'authority', 'path', 'protocol', 'status'] as const

/** A field, decoded and judged. Its strings exist once, for every list that refers to it. */
export interface FieldEntry {
  readonly name: string
  readonly value: string
  /** `name: value\r\n`; `""` for a pseudo field, which has none. */
  readonly line: string
  /** As tables and lists count (RFC 7541 §4.1). */
  readonly size: number
  readonly kind: number
  /** What the name alone is: a literal may take it with another value. */
  readonly nameKind: number
}

const lowerToken = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
/** No controls, no blank at either end; RFC 9113 §8.2.1 asks less, HTTP/1 behind the gateway as much. */
const plainValue = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/

const { regular, cookie, te, broken, firstPseudo } = fieldKinds
/** Fields of one connection of HTTP/1 make a message malformed (RFC 9113 §8.2.2). */
const connectionNames = ['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'upgrade']
const special: ReadonlyMap<string, number> = new Map([
  ...connectionNames.map((name) => [name, broken] as const),
  ...pseudoNames.map((name, i) => [`:${name}`, firstPseudo + i] as const),
  ['cookie', cookie],
  ['te', te],
])

/** What a name makes of a field whose value is good (RFC 9113 §8.2.1, §8.3). */
export function kindOfName(name: string): number {
  return special.get(name) ?? (lowerToken.test(name) ? regular : broken)
}

/** @param nameKind what `kindOfName` says of the name. */
export function fieldEntry(name: string, nameKind: number, value: string): FieldEntry {
  const kind = kindOf(nameKind, value)
  const size = name.length + value.length + fieldOverhead
  const line = kind < firstPseudo ? `${name}: ${value}\r\n` : ''
  return { name, value, line, size, kind, nameKind }
}

/** What is wrong with a broken field, without its value, which may be a secret. */
export function describeBroken({ name, nameKind }: FieldEntry): string {
  return refusal('bad_header', nameKind === broken ? 'field' : 'value of field', name).detail
}

function kindOf(nameKind: number, value: string): number {
  if (nameKind === broken || !plainValue.test(value)) return broken
  return nameKind === te && value.toLowerCase() !== 'trailers' ? broken : nameKind
}
