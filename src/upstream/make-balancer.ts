import type { Balance } from '../model/cluster.ts'
import type { Clock } from '../std/clock.ts'
import type { Balancer, Candidate } from './balancer.ts'
import { RingHash } from './ring-hash.ts'
import { RoundRobin } from './round-robin.ts'
import { TwoChoices } from './two-choices.ts'

const leastRequest = {
  load: (endpoint: Candidate, relativeWeight: number) => endpoint.active / relativeWeight,
  now: () => 0,
}

function peakEwma(endpoint: Candidate, relativeWeight: number, now: number): number {
  return endpoint.load(now, relativeWeight)
}

/** The balancer that a cluster asks for. */
export function makeBalancer<E extends Candidate>(
  balance: Balance,
  clock: Clock,
  random: () => number,
): Balancer<E> {
  switch (balance.kind) {
    case 'round-robin':
      return new RoundRobin(random)
    case 'least-request':
      return new TwoChoices<E>(leastRequest, random)
    case 'ewma':
      return new TwoChoices<E>({ load: peakEwma, now: () => clock.now() }, random)
    case 'ring-hash':
      return new RingHash(balance.key, random)
  }
}
