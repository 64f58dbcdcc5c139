import { HpackDecoder } from '../../../../../src/wire/h2/hpack/decoder.ts'
import type { HeaderList } from '../../../../../src/wire/h2/hpack/header-list.ts'
import { decodeHex, literal } from '../hpack/support.ts'

export type Field = readonly [name: string, value: string]

/** The list that these fields come to, behind a decoder with the default limits. */
export function listOf(fields: readonly Field[], decoder = new HpackDecoder(4096)): HeaderList {
  const list = decodeHex(fields.map(([name, value]) => literal(name, value)).join(''), decoder)
  if (list === 'compression') throw new TypeError('not a block')
  return list
}

/** The fields of a GET, those of `changes` instead of its own; `undefined` leaves one out. */
export function request(
  changes: Readonly<Record<string, string | undefined>> = {},
  fields: readonly Field[] = [],
): Field[] {
  const pseudo = { ':method': 'GET', ':scheme': 'https', ':authority': 'a.test', ':path': '/t', ...changes }
  const present = Object.entries(pseudo).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  return [...present, ...fields]
}

/** So many fields that say the same. */
export function repeated(count: number): Field[] {
  return Array.from({ length: count }, () => ['a', 'b'] as const)
}
