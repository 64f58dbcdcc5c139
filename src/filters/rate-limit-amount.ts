import type { Limit } from '../limits/limiter.ts'
import type { Amount, RateRule } from '../model/filters/rate-limit.ts'
import type { Ms } from '../std/units.ts'

/** What limiters need of a rule, or of one of its overrides. */
export function limitOf(id: string, amount: Amount, { laterCost, onStoreError }: RateRule): Limit {
  const { kind, rate, per } = amount
  return { id, kind, rate, per, burst: burstOf(amount), overdraft: laterCost?.most ?? 0, onStoreError }
}

/**
 * What a share holds at least: requests never come as evenly as a rate says, and a share of one loses the time until the next comes.
 * 1,000/s without it admits three requests of five.
 */
const evenness: Ms = 10

function burstOf({ kind, rate, per, burst }: Amount): number {
  if (kind === 'quota') return 0
  const flow = Math.floor((rate / per) * evenness)
  return flow > 1 ? Math.max(burst, flow) : burst
}

/** `100/s, burst 100`; `a quota of 10000/d`. */
export function amountText({ kind, rate, per, burst }: Amount): string {
  const number = `${rate}/${periodText(per)}`
  return kind === 'quota' ? `a quota of ${number}` : `${number}, burst ${burst}`
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const

function periodText(ms: Ms): string {
  for (const [unit, length] of units) {
    if (ms % length === 0) return ms === length ? unit : `${ms / length}${unit}`
  }
  return ms === 1000 ? 's' : `${ms / 1000}s`
}
