import type { Ms } from '../../std/units.ts'
import type { Limit } from '../limiter.ts'

/** How long what was leased may be used: shorter asks more often, longer leaves more unused. */
export const leaseFor: Ms = 50

/** What the office has to know of a limit. JSON-able, as all that is told. */
export type LeasedLimit = Pick<Limit, 'id' | 'kind' | 'rate' | 'per' | 'burst' | 'overdraft'>

export function leasedLimit({ id, kind, rate, per, burst, overdraft }: Limit): LeasedLimit {
  return { id, kind, rate, per, burst, overdraft }
}

/** What a worker needs of one share, told to the office. */
export interface Demand {
  readonly limit: LeasedLimit
  readonly subject: string
  /** For requests that wait. */
  readonly need: number
  /** For requests to come; 0 for limits that are not leased. */
  readonly spare: number
  /** The most that one of the requests takes. */
  readonly largest: number
}

/** What the office gives for a demand. */
export interface Grant {
  /** No more than was asked for; less than `need` when the share is used up. */
  readonly tokens: number
  /** Of the share afterwards; of a quota, until its window ends. */
  readonly debt: Ms
  /** Of a quota afterwards. */
  readonly quota: QuotaStanding | undefined
}

/** Where a quota stands: what is counted, and what has passed of the window. */
export interface QuotaStanding {
  readonly current: number
  readonly previous: number
  readonly gone: Ms
}

/** What a worker does not use any more. */
export interface Return {
  readonly limit: LeasedLimit
  readonly subject: string
  /** Below 0: what turned out to be owed for requests that had been admitted. */
  readonly tokens: number
}

/**
 * Requests that a worker leases at a time: what its part of the rate lets through while a lease lasts. 0 where that is less than
 * one request, or where the burst has no room for leases: the office then decides each request.
 */
export function leaseSize({ kind, rate, per, burst }: LeasedLimit, workers: number): number {
  // Of a quota a lease would be tiny, and each request that is lost with a worker is for long.
  if (kind === 'quota') return 0
  // A share with room for little besides would lose what comes unevenly.
  if (2 * lag({ rate, per }) > burst) return 0
  return Math.floor((rate / per) * (leaseFor / 2 / workers))
}

/**
 * What a share holds for the office. A lease is used up to {@link leaseFor} after it was given, so as much as flows meanwhile is
 * taken from the burst: in no window more than `rate × window + burst + 1` pass.
 */
export function officeCapacity(limit: LeasedLimit, workers: number): number {
  const { burst } = limit
  return leaseSize(limit, workers) === 0 ? burst + 1 : burst + 1 - lag(limit)
}

/**
 * What a share holds for requests of a cost. One that takes more than the office has room for besides leases passes when the whole
 * share is there; nothing is leased for such.
 */
export function capacityFor(limit: LeasedLimit, cost: number, workers: number): number {
  return Math.max(officeCapacity(limit, workers), Math.min(cost, limit.burst + 1))
}

function lag({ rate, per }: Pick<Limit, 'rate' | 'per'>): number {
  return Math.ceil((rate / per) * leaseFor)
}
