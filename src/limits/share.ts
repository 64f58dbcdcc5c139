import type { Ms } from '../std/units.ts'
import type { Limit } from './limiter.ts'

/** How long a rate takes for one request. */
export function intervalOf({ rate, per }: Pick<Limit, 'rate' | 'per'>): Ms {
  return per / rate
}
