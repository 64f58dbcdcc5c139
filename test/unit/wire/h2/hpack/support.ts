import { HpackDecoder } from '../../../../../src/wire/h2/hpack/decoder.ts'
import { type HeaderLimits, HeaderList, pseudoBits } from '../../../../../src/wire/h2/hpack/header-list.ts'

/** The defaults of a listener. */
export const headerLimits: HeaderLimits = Object.freeze({
  bytes: 16_384,
  fields: 100,
  crumbs: 200,
  cookieBytes: 16_384,
})

/** The lines of a list, pseudo fields first in the order of their bits, then the others. */
export function linesOf(list: HeaderList): string[] {
  const pseudo = (Object.keys(pseudoBits) as (keyof typeof pseudoBits)[])
    .filter((name) => (list.pseudo & pseudoBits[name]) !== 0)
    .map((name) => `:${name}: ${list[name]}`)
  return [...pseudo, ...list.fields.split('\r\n').slice(0, -1)]
}

/** Decodes hex; a compression error is the string `'compression'`. */
export function decodeHex(
  hex: string,
  decoder = new HpackDecoder(4096),
  limits = headerLimits,
): HeaderList | 'compression' {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  const list = new HeaderList()
  return decoder.decode(bytes, 0, bytes.length, limits, list) ?? list
}

/** A literal without indexing, in hex, neither string Huffman-coded. */
export function literal(name: string, value: string): string {
  return `00${plain(name)}${plain(value)}`
}

/** A literal with indexing, in hex. */
export function indexed(name: string, value: string): string {
  return `40${plain(name)}${plain(value)}`
}

function plain(text: string): string {
  const bytes = Buffer.from(text, 'latin1')
  return `${integer(bytes.length)}${bytes.toString('hex')}`
}

function integer(value: number): string {
  if (value < 127) return value.toString(16).padStart(2, '0')
  const octets = [127]
  let left = value - 127
  for (; left >= 128; left = Math.floor(left / 128)) octets.push((left % 128) + 128)
  return Buffer.from([...octets, left]).toString('hex')
}
