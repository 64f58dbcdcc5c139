import type { Ms } from '../std/units.ts'
import type { Limit } from './limiter.ts'

/** What is said of the share of a limit, without where it counts. */
type LimitAmounts = Pick<Limit, 'kind' | 'rate' | 'per' | 'burst'>

/** How long a rate takes for one request. */
export function intervalOf({ rate, per }: Pick<Limit, 'rate' | 'per'>): Ms {
  return per / rate
}

/** How many requests of cost 1 a full share admits at once. */
export function wholeOf({ kind, rate, burst }: LimitAmounts): number {
  return kind === 'quota' ? rate : burst + 1
}
