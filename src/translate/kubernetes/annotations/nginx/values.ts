import ipaddr from 'ipaddr.js'
import { closest } from '../../../../std/closest.ts'
import { quoted } from '../../../../std/quoted.ts'
import type { Bytes, Ms } from '../../../../std/units.ts'
import { cidr } from '../../../format/cidr.ts'
import { Flaw, type Format, noSecrets } from '../../../format/flaw.ts'
import { listing } from '../../../read/keywords.ts'

/** Reads the text of an annotation; the same strictness for all of a kind. */
export type Parse<T> = (text: string) => T | Flaw

/** `true` or `false`, and no other word for them. */
export const bool: Parse<boolean> = (text) => {
  if (text === 'true' || text === 'false') return text === 'true'
  const meant = meansTrue(text) ? 'true' : /^(?:0|f|false|no|off)$/i.test(text) ? 'false' : undefined
  return new Flaw(
    'is neither "true" nor "false"',
    meant === undefined ? 'write "true" or "false"' : `write "${meant}"`,
  )
}

/** Whether a text says "true" in some way: ingress-nginx takes `True`, `TRUE`, `T`, `t` and `1` for it. */
export function meansTrue(text: string): boolean {
  return /^(?:1|t|true|yes|on)$/i.test(text.trim())
}

/** `on` or `off`. */
export const onOff: Parse<'on' | 'off'> = (text) => {
  if (text === 'on' || text === 'off') return text
  const meant = text === 'true' ? 'on' : text === 'false' ? 'off' : undefined
  return new Flaw(
    'is neither "on" nor "off"',
    meant === undefined ? 'write "on" or "off"' : `write "${meant}"`,
  )
}

/** Bare seconds: `60`, at most 24 days, never 0. */
export const seconds: Parse<Ms> = (text) => {
  const digits = /^(\d{1,9})s?$/.exec(text)?.[1]
  const isBare = digits === text
  const count = Number(digits)
  if (digits === undefined) return new Flaw('is not a whole number of seconds', 'write one such as "60"')
  if (!isBare) return new Flaw('has a unit, and seconds are written bare', `write "${count}"`)
  if (count === 0) return new Flaw('is no time', 'write at least "1"')
  return count <= longestSeconds
    ? count * 1000
    : new Flaw('is longer than timers can count', `write "${longestSeconds}" (24 days) or less`)
}

const longestSeconds = 24 * 86_400

/** `8m`, `512k`, `1g`, bare bytes, and `0` for no limit. */
export const size: Parse<Bytes> = (text) => {
  const parts = /^(\d{1,12})([kKmMgG]?)$/.exec(text)
  if (parts === null) {
    const near = /^(\d{1,12}) ?([kKmMgG])(?:i?[bB]?)$/.exec(text)
    const example = near === null ? '8m' : `${near[1]}${near[2]?.toLowerCase()}`
    return new Flaw('is not a size of nginx', `write a whole number with k, m or g, such as "${example}"`)
  }
  const [, digits = '0', unit = ''] = parts
  const bytes = Number(digits) * (bytesByUnit[unit.toLowerCase()] ?? 1)
  return bytes <= Number.MAX_SAFE_INTEGER
    ? bytes
    : new Flaw('is larger than can be counted', 'write a smaller one')
}

const bytesByUnit: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** A whole number within bounds. */
export function whole(minimum: number, maximum: number): Parse<number> {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (number >= minimum && number <= maximum) return number
    return new Flaw('is not a whole number in its bounds', `write one from ${minimum} to ${maximum}`)
  }
}

/** One of some words, whatever the case. */
export function word<const W extends string>(words: readonly W[]): Parse<W> {
  return (text) => {
    const found = words.find((one) => one.toLowerCase() === text.toLowerCase())
    if (found !== undefined) return found
    const near = closest(text, words)
    const all = listing(words.map((one) => `"${one}"`))
    return new Flaw(
      'is none of the words known here',
      near === undefined ? `write ${all}` : `did you mean "${near}"?`,
    )
  }
}

/** Text that one of our formats reads. */
export function format<T>(by: Format<T>): Parse<T> {
  return (text) => by.read(text, noSecrets)
}

/** Entries with commas (and spaces) between them; at least one. */
export function list<T>(parse: Parse<T>): Parse<readonly T[]> {
  return (text) => {
    const entries: T[] = []
    for (const part of text.split(',').map((one) => one.trim())) {
      if (part === '') continue
      const entry = parse(part)
      if (entry instanceof Flaw)
        return new Flaw(`has an entry ${quoted(part, 60)} that ${entry.message}`, entry.remedy)
      entries.push(entry)
    }
    return entries.length > 0 ? entries : new Flaw('has no entry', 'write at least one')
  }
}

/** A block of addresses; bits behind its length say nothing, as in ingress-nginx. */
export const block: Parse<string> = (text) => {
  const isWhole = ipaddr.IPv4.isValidCIDRFourPartDecimal(text)
  const isWholeV6 = !isWhole && text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValidCIDR(text)
  if (!isWhole && !isWholeV6) return cidr.read(text, noSecrets)
  const length = text.slice(text.indexOf('/') + 1)
  const network = isWhole
    ? ipaddr.IPv4.networkAddressFromCIDR(text).toString()
    : ipaddr.IPv6.networkAddressFromCIDR(text).toRFC5952String()
  return cidr.read(`${network}/${length}`, noSecrets)
}

/** A path that nginx would put together from variables, which are not known here, is refused. */
export function withoutVariables<T>(parse: Parse<T>): Parse<T> {
  return (text) =>
    text.includes('$')
      ? new Flaw('holds a variable of nginx, which is not filled in', 'write it out')
      : parse(text)
}
