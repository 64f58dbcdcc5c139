import { hashText, mix } from './hash.ts'

/** Points of the lightest member while they are few: shares are true to about 1/√128 = 9 %. */
const pointsEach = 128
/** Bounds memory and the time to build (some milliseconds); more members get fewer points each. */
const pointsAtMost = 32_768
/** An owner is a number below this. */
const ownerRange = 2 ** 20

/** A member of a ring. */
export interface RingMember {
  readonly key: string
  readonly weight: number
}

/** Points on a ring, sorted by place; `owners` are indices of members. */
interface Points {
  readonly places: Uint32Array
  readonly owners: Uint32Array
}

const noPoints: Points = { places: new Uint32Array(0), owners: new Uint32Array(0) }

/**
 * A ring for consistent hashing: each member owns what lies between its points and the points before them. Members that
 * stay keep their points, so a change costs one pass over them, and only what belonged to a member that left moves.
 */
export class Ring {
  #members: readonly RingMember[] = []
  #counts: readonly number[] = []
  #points: Points = noPoints

  update(members: readonly RingMember[]): void {
    const { before, countsBefore } = { before: this.#members, countsBefore: this.#counts }
    this.#members = members
    this.#counts = pointCounts(members.map(({ weight }) => weight))
    const indices = new Map(members.map((member, i) => [member.key, i]))
    const moves = before.map((member, i) => {
      const index = indices.get(member.key) ?? -1
      return this.#counts[index] === countsBefore[i] ? index : -1
    })
    const stay = new Set(moves)
    const added = [...members.keys()].filter((index) => !stay.has(index))
    this.#points = merge(survivors(this.#points, moves), this.#pointsOf(added))
  }

  /** Index of the member that a 32-bit hash belongs to; 0 when there are no points. */
  find(hash: number): number {
    const { places, owners } = this.#points
    let low = 0
    let high = places.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((places[middle] ?? 0) < hash) low = middle + 1
      else high = middle
    }
    return owners[low === places.length ? 0 : low] ?? 0
  }

  /** A place and its owner are sorted as one number: 32 bits of place, 20 of owner. */
  #pointsOf(owners: readonly number[]): Points {
    const sorted = new Float64Array(owners.reduce((sum, owner) => sum + (this.#counts[owner] ?? 0), 0))
    let next = 0
    for (const owner of owners) {
      const seed = hashText(this.#members[owner]?.key ?? '')
      const count = this.#counts[owner] ?? 0
      for (let i = 0; i < count; i++)
        sorted[next++] = mix(seed + Math.imul(i, 0x9e3779b1)) * ownerRange + owner
    }
    sorted.sort()
    const points = emptyPoints(sorted.length)
    for (let i = 0; i < sorted.length; i++) {
      const point = sorted[i] ?? 0
      const place = Math.floor(point / ownerRange)
      points.places[i] = place
      points.owners[i] = point - place * ownerRange
    }
    return points
  }
}

/**
 * Points per weight depend on the lightest weight and are halved as a whole only, so that one member more or less leaves
 * those of the others as they are, save where the bound is just crossed.
 */
function pointCounts(weights: readonly number[]): number[] {
  const lightest = weights.reduce((least, weight) => Math.min(least, weight), Infinity)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let unit = pointsEach / lightest
  while (unit * total > pointsAtMost && unit * lightest > 1) unit /= 2
  return weights.map((weight) => Math.max(1, Math.min(pointsAtMost, Math.round(weight * unit))))
}

/** The points of owners that stay, under their new numbers; `moves` has -1 for those that do not. */
function survivors({ places, owners }: Points, moves: readonly number[]): Points {
  const kept = emptyPoints(places.length)
  let next = 0
  for (let i = 0; i < places.length; i++) {
    const owner = moves[owners[i] ?? 0] ?? -1
    if (owner < 0) continue
    kept.places[next] = places[i] ?? 0
    kept.owners[next++] = owner
  }
  return { places: kept.places.subarray(0, next), owners: kept.owners.subarray(0, next) }
}

function merge(one: Points, other: Points): Points {
  if (other.places.length === 0) return one
  if (one.places.length === 0) return other
  const merged = emptyPoints(one.places.length + other.places.length)
  let i = 0
  let j = 0
  for (let next = 0; next < merged.places.length; next++) {
    const left = one.places[i] ?? Infinity
    const right = other.places[j] ?? Infinity
    const from = left <= right ? one.owners[i++] : other.owners[j++]
    merged.places[next] = left <= right ? left : right
    merged.owners[next] = from ?? 0
  }
  return merged
}

function emptyPoints(length: number): Points {
  return { places: new Uint32Array(length), owners: new Uint32Array(length) }
}
