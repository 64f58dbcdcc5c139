import type { Ms } from '../../std/units.ts'
import { Flaw, type Format } from './flaw.ts'

/** So many in a time. */
export interface Rate {
  readonly rate: number
  readonly per: Ms
}

const unitMs: Readonly<Record<string, Ms>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const parts = /^(\d{1,9})\/(\d{0,5})([smhd])$/
const days: Readonly<Record<string, string>> = { mo: '30d', w: '7d' }
/** A month: what is longer is no rate, and counts would not outlive the process that keeps them. */
const longest: Ms = 31 * 86_400_000

/** `"100/s"`, `"600/m"`, `"20/10s"`: never zero, which closes a route rather than limits it. */
export const rate: Format<Rate> = {
  noun: 'a rate',
  example: 'a number and a time, such as "100/s", "600/m" or "20/10s"',
  pattern: '^[0-9]{1,9}/[0-9]{0,5}[smhd]$',
  read(text) {
    const found = parts.exec(text)
    if (found === null) return new Flaw('is not a rate', remedyFor(text))
    const [, digits = '', times = '', unit = ''] = found
    const rate = Number(digits)
    const per = (times === '' ? 1 : Number(times)) * (unitMs[unit] ?? 0)
    if (rate === 0)
      return new Flaw('admits nothing', 'write at least "1/d", or a filter "respond" with status 403')
    if (per === 0) return new Flaw('has no time', `write "${digits}/${unit}"`)
    if (per > longest) return new Flaw('counts over more than 31 days', `write at most "${digits}/31d"`)
    return { rate, per }
  },
}

/** What is shorter is a rate, whose share a pause makes full again. */
const shortestQuota: Ms = 60_000

/** `"10000/d"`, `"500/h"`, `"100000/30d"`: a number in a time, however unevenly it comes. */
export const quota: Format<Rate> = {
  noun: 'a quota',
  example: 'a number and a time of a minute or more, such as "10000/d", "500/h" or "100000/30d"',
  pattern: '^[0-9]{1,9}/[0-9]{0,5}[smhd]$',
  read(text, secrets) {
    const read = rate.read(text, secrets)
    if (read instanceof Flaw)
      return read.message === 'is not a rate' ? new Flaw('is not a quota', read.remedy) : read
    return read.per < shortestQuota
      ? new Flaw('is over less than a minute', `write "rate: ${text}", or a longer time`)
      : read
  },
}

function remedyFor(text: string): string {
  const bare = /^(\d{1,9})$/.exec(text)
  if (bare !== null) return `write "${bare[1]}/s" or "${bare[1]}/m"`
  const words = /^(\d{1,9}) ?(?:r|req|requests)? ?(?:\/|per) ?(s|mo|m|h|d|w)[a-z]*$/i.exec(text)
  if (words === null) return `write ${rate.example}`
  const unit = words[2]?.toLowerCase() ?? ''
  return `write "${words[1]}/${days[unit] ?? unit}"`
}
