import type { Ms } from '../../std/units.ts'

/** Milliseconds of the units, by their letters. */
const units: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
}
const form = /^([0-9]{1,8})([HMSmun])$/
const mostDigits = 99_999_999

/**
 * Reads `grpc-timeout`: one to eight digits and a unit, `"250m"`. Nothing else is taken, since who guesses at a deadline guesses
 * wrong. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 *
 * @returns `undefined` for what is none.
 */
export function parseGrpcTimeout(text: string): Ms | undefined {
  const parts = form.exec(text)
  const unit = units[parts?.[2] ?? '']
  return parts === null || unit === undefined ? undefined : Number(parts[1]) * unit
}

/** Writes it, in the finest unit from milliseconds on that holds it; rounded up, and never less than a millisecond. */
export function printGrpcTimeout(ms: Ms): string {
  const whole = Math.max(1, Math.ceil(ms))
  if (whole <= mostDigits) return `${whole}m`
  const seconds = Math.ceil(ms / 1000)
  return seconds <= mostDigits ? `${seconds}S` : `${Math.min(mostDigits, Math.ceil(ms / 3_600_000))}H`
}
