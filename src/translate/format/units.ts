import type { Bytes, Ms } from '../../std/units.ts'
import { Flaw, type Format } from './flaw.ts'

const durationParts = /^(?:(\d{1,4})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?(?:(\d{1,10})ms)?$/
const sizeParts = /^(\d{1,12})(B|KiB|MiB|GiB)$/
const bytesByUnit: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/** What a timer of the host can count: 2^31 - 1 ms, a little less. */
const longest: Ms = 24 * 24 * 3_600_000

/** `"250ms"`, `"5s"`, `"1m30s"`, `"1h"`; never zero, which half the field reads as "no limit" and half as "at once". */
export const duration: Format<Ms> = {
  noun: 'a duration',
  example: 'a whole number and a unit (ms, s, m, h), such as "5s" or "250ms"',
  pattern: '^(?=.)(\\d+h)?(\\d+m)?(\\d+s)?(\\d+ms)?$',
  read(text) {
    const parts = durationParts.exec(text)
    if (/^\d+$/.test(text) && Number(text) > 0)
      return new Flaw('has no unit', `write "${text}s" or "${text}ms"`)
    if (text === '0') return zero
    if (parts === null || text === '') return new Flaw('is not a duration', durationRemedy(text))
    const [, hours = '0', minutes = '0', seconds = '0', rest = '0'] = parts
    const ms = Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000 + Number(rest)
    if (ms === 0) return zero
    if (ms > longest) return new Flaw('is longer than timers can count', 'write "576h" (24 days) or less')
    return ms
  },
}

const zero = new Flaw(
  'is read as "no limit" by some gateways and as "at once" by others',
  'write at least "1ms"',
)

function durationRemedy(text: string): string {
  const fraction = /^(\d{1,6})\.(\d{1,3})(s|m|h)$/.exec(text)
  const words = /^(\d{1,6}) ?(s|m|h)[a-z]*$/.exec(text)
  if (words !== null) return `write "${words[1]}${words[2]}"`
  if (fraction === null) return `write ${duration.example}`
  const [, whole, part = '', unit] = fraction
  const unitMs = unit === 's' ? 1000 : unit === 'm' ? 60_000 : 3_600_000
  return `write "${Math.round(Number(`${whole}.${part}`) * unitMs)}ms"`
}

/** `"512B"`, `"16KiB"`, `"1MiB"`, `"2GiB"`; never zero. */
export const size: Format<Bytes> = {
  noun: 'a size',
  example: 'a whole number and a unit (B, KiB, MiB, GiB), such as "16KiB"',
  pattern: '^\\d+(B|KiB|MiB|GiB)$',
  read(text) {
    const parts = sizeParts.exec(text)
    if (/^\d+$/.test(text) && Number(text) > 0)
      return new Flaw('has no unit', `write "${text}B" or "${text}KiB"`)
    if (parts === null && text !== '0') return new Flaw('is not a size', sizeRemedy(text))
    const [, digits = '0', unit = 'B'] = parts ?? []
    const bytes = Number(digits) * (bytesByUnit[unit] ?? 1)
    if (bytes === 0) return new Flaw('is no size', 'write at least "1B"')
    if (bytes > Number.MAX_SAFE_INTEGER)
      return new Flaw('is larger than can be counted', 'write "8388607GiB" or less')
    return bytes
  },
}

function sizeRemedy(text: string): string {
  const decimal = /^(\d{1,12}) ?([kKmMgG])[bB]?$/.exec(text)
  if (decimal === null) return `write ${size.example}`
  const [, digits = '', letter = ''] = decimal
  return `write "${digits}${letter.toUpperCase()}iB" (1 KiB is 1,024 bytes)`
}

/** A window of HTTP/2: not below what a peer may count on without being told, not above what its numbers hold (RFC 9113 §6.5.2). */
export const window: Format<Bytes> = {
  ...size,
  noun: 'a window',
  example: 'a size from "64KiB" to "1GiB"',
  read(text, secrets) {
    const bytes = size.read(text, secrets)
    if (bytes instanceof Flaw) return bytes
    if (bytes < 65_536) return new Flaw('is smaller than a window starts with', 'write "64KiB" or more')
    return bytes > 1_073_741_824 ? new Flaw('is larger than a window may be', 'write "1GiB" or less') : bytes
  },
}
