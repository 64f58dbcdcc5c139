import { cookieValue } from '../http/cookie.ts'
import type { HashKey } from '../model/cluster.ts'
import type { RequestView } from '../model/request-view.ts'
import type { Balancer, Candidate } from './balancer.ts'
import { hashText, mix } from './hash.ts'

/** Points of the lightest endpoint while they are few: shares are true to about 1/√128 = 9 %. */
const pointsEach = 128
/** Bounds the time to build (some milliseconds) and the memory; more endpoints get fewer points each. */
const pointsAtMost = 32_768

/**
 * Consistent hashing: a key keeps its endpoint while that is usable; when one of N leaves, about 1/N of the keys move.
 * Goes by configured weights, not by those of slow start, because changing weights would move keys. A request without a
 * key goes anywhere.
 */
export class RingHash<E extends Candidate> implements Balancer<E> {
  readonly #key: HashKey
  readonly #random: () => number
  #endpoints: readonly E[] = []
  #weights: readonly number[] = []
  /** Sorted places on the ring, and whose they are. */
  #places = new Uint32Array(0)
  #owners = new Uint32Array(0)

  /** @param random in [0, 1). */
  constructor(key: HashKey, random: () => number) {
    this.#key = key
    this.#random = random
  }

  update(endpoints: readonly E[]): void {
    const weights = endpoints.map((endpoint) => endpoint.weight)
    const same =
      endpoints.length === this.#endpoints.length &&
      endpoints.every((endpoint, i) => endpoint === this.#endpoints[i] && weights[i] === this.#weights[i])
    if (same) return
    this.#endpoints = endpoints
    this.#weights = weights
    this.#build()
  }

  pick(view: RequestView): E | undefined {
    if (this.#endpoints.length < 2) return this.#endpoints[0]
    const key = keyOf(view, this.#key)
    const place = key === undefined || key === '' ? this.#random() * 2 ** 32 : hashText(key)
    return this.#endpoints[this.#owners[this.#after(place)] ?? 0]
  }

  /** Index of the first place at or behind `place`, round the end. */
  #after(place: number): number {
    const places = this.#places
    let low = 0
    let high = places.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((places[middle] ?? 0) < place) low = middle + 1
      else high = middle
    }
    return low === places.length ? 0 : low
  }

  /** A place and its owner are sorted as one number: 32 bits of place, 20 of owner. */
  #build(): void {
    const counts = pointCounts(this.#weights)
    const points = new Float64Array(counts.reduce((sum, count) => sum + count, 0))
    let next = 0
    for (const [owner, endpoint] of this.#endpoints.entries()) {
      const seed = hashText(endpoint.key)
      const count = counts[owner] ?? 0
      for (let i = 0; i < count; i++) points[next++] = mix(seed + Math.imul(i, 0x9e3779b1)) * 2 ** 20 + owner
    }
    points.sort()
    this.#places = Uint32Array.from(points, (point) => Math.floor(point / 2 ** 20))
    this.#owners = Uint32Array.from(points, (point) => point % 2 ** 20)
  }
}

/**
 * Points per weight depend on the lightest weight and are halved as a whole only, so that one endpoint more or less leaves
 * those of the others as they are, save where the bound is just crossed.
 */
function pointCounts(weights: readonly number[]): number[] {
  const lightest = Math.min(...weights)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let unit = pointsEach / lightest
  while (unit * total > pointsAtMost && unit * lightest > 1) unit /= 2
  return weights.map((weight) => Math.max(1, Math.min(pointsAtMost, Math.round(weight * unit))))
}

function keyOf(view: RequestView, key: HashKey): string | undefined {
  switch (key.kind) {
    case 'header':
      return view.field(key.name)
    case 'cookie':
      return cookieValue(view.field('cookie') ?? '', key.name)
    case 'client-address':
      return view.clientAddress
  }
}
