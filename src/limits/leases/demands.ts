import type { Ask, Limit } from '../limiter.ts'
import { type Demand, leasedLimit, leaseSize } from './lease.ts'
import type { LeaseBook } from './lease-book.ts'

/** A demand, with the limit that it is for. */
export interface Wanted {
  readonly limit: Limit
  readonly demand: Demand
}

/** What is needed for all questions together beyond what is held: one demand for each share. */
export function collectDemands(
  questions: readonly (readonly Ask[])[],
  book: LeaseBook,
  workers: number,
): Wanted[] {
  const needs = new Map<Limit, Map<string, number>>()
  for (const asks of questions)
    for (const { limit, subject, cost } of asks) {
      const bySubject = needs.get(limit) ?? new Map<string, number>()
      needs.set(limit, bySubject)
      bySubject.set(subject, (bySubject.get(subject) ?? 0) + cost)
    }
  const wanted: Wanted[] = []
  for (const [limit, bySubject] of needs)
    for (const [subject, need] of bySubject) {
      const missing = need - (book.find(limit.id, subject)?.tokens ?? 0)
      const facts = leasedLimit(limit)
      if (missing > 0)
        wanted.push({
          limit,
          demand: { limit: facts, subject, need: missing, spare: leaseSize(facts, workers) },
        })
    }
  return wanted
}
