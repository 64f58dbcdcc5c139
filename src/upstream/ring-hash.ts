import { cookieValue } from '../http/cookie.ts'
import type { HashKey } from '../model/cluster.ts'
import type { RequestView } from '../model/request-view.ts'
import type { Balancer, Candidate } from './balancer.ts'
import { hashText } from './hash.ts'
import { Ring, type RingMember } from './ring.ts'

/**
 * Consistent hashing: a key keeps its endpoint while that is usable; when one of N leaves, about 1/N of the keys move.
 * Goes by configured weights, not by those of slow start, because changing weights would move keys. A request without a
 * key goes anywhere.
 */
export class RingHash<E extends Candidate> implements Balancer<E> {
  readonly #key: HashKey
  readonly #random: () => number
  readonly #ring = new Ring()
  #endpoints: readonly E[] = []
  /** As the ring knows them. */
  #members: readonly RingMember[] = []

  /** @param random in [0, 1). */
  constructor(key: HashKey, random: () => number) {
    this.#key = key
    this.#random = random
  }

  update(endpoints: readonly E[]): void {
    const members = endpoints.map(({ key, weight }) => ({ key, weight }))
    this.#endpoints = endpoints
    if (sameMembers(members, this.#members)) return
    this.#members = members
    this.#ring.update(members)
  }

  pick(view: RequestView): E | undefined {
    if (this.#endpoints.length < 2) return this.#endpoints[0]
    const key = keyOf(view, this.#key)
    return this.#endpoints[this.#ring.find(key === '' ? this.#random() * 2 ** 32 : hashText(key))]
  }
}

function sameMembers(some: readonly RingMember[], others: readonly RingMember[]): boolean {
  if (some.length !== others.length) return false
  return some.every(({ key, weight }, i) => key === others[i]?.key && weight === others[i]?.weight)
}

/** `""` when the request has none. */
function keyOf(view: RequestView, key: HashKey): string {
  switch (key.kind) {
    case 'header':
      return view.field(key.name) ?? ''
    case 'cookie':
      return cookieValue(view.field('cookie') ?? '', key.name) ?? ''
    case 'client-address':
      return view.clientAddress
  }
}
