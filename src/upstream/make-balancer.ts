import type { Balance } from '../model/cluster.ts'
import type { Clock } from '../std/clock.ts'
import type { Balancer, Candidate } from './balancer.ts'
import { RingHash } from './ring-hash.ts'
import { RoundRobin } from './round-robin.ts'
import { TwoChoices } from './two-choices.ts'

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
      return new TwoChoices((endpoint, relativeWeight) => endpoint.active / relativeWeight, random)
    case 'ewma':
      return new TwoChoices((endpoint, relativeWeight) => endpoint.load(clock.now(), relativeWeight), random)
    case 'ring-hash':
      return new RingHash(balance.key, random)
  }
}
