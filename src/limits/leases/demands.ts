import type { Ask, Limit } from '../limiter.ts'
import { type Demand, leasedLimit, leaseSize, officeCapacity } from './lease.ts'
import type { LeaseBook } from './lease-book.ts'

/** A demand, with the limit that it is for. */
export interface Wanted {
  readonly limit: Limit
  readonly demand: Demand
}

interface Need {
  readonly all: number
  readonly largest: number
}

const none: Need = { all: 0, largest: 0 }

/** What is needed for all questions together beyond what is held: one demand for each share. */
export function collectDemands(
  questions: readonly (readonly Ask[])[],
  book: LeaseBook,
  workers: number,
): Wanted[] {
  const needs = new Map<Limit, Map<string, Need>>()
  for (const asks of questions)
    for (const { limit, subject, cost } of asks) {
      const bySubject = needs.get(limit) ?? new Map<string, Need>()
      needs.set(limit, bySubject)
      const { all, largest } = bySubject.get(subject) ?? none
      bySubject.set(subject, { all: all + cost, largest: Math.max(largest, cost) })
    }
  const wanted: Wanted[] = []
  for (const [limit, bySubject] of needs)
    for (const [subject, { all, largest }] of bySubject) {
      const missing = all - (book.find(limit.id, subject)?.tokens ?? 0)
      const facts = leasedLimit(limit)
      if (missing <= 0) continue
      const spare = largest > officeCapacity(facts, workers) ? 0 : leaseSize(facts, workers)
      wanted.push({ limit, demand: { limit: facts, subject, need: missing, spare, largest } })
    }
  return wanted
}
