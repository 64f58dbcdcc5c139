import type { RequestView } from '../model/request-view.ts'
import type { Balancer } from './balancer.ts'
import type { Endpoint } from './endpoint.ts'
import { levelShares } from './level-shares.ts'

interface Level {
  readonly priority: number
  readonly endpoints: readonly Endpoint[]
  readonly balancer: Balancer<Endpoint>
  /** Picks with a roll below this go here at the latest. */
  readonly upTo: number
}

/** What a selection is made from. */
export interface SelectionInput {
  readonly endpoints: readonly Endpoint[]
  /** Percent of usable endpoints of a priority below which all are used; 0 never. */
  readonly panicThreshold: number
}

/** Tries of a balancer before a retry takes the next endpoint that was not tried. */
const balancerTries = 3

/** The endpoints that may be picked now, by priority; made anew when health or membership changes, never per request. */
export class Selection {
  readonly #makeBalancer: () => Balancer<Endpoint>
  readonly #random: () => number
  readonly #balancers = new Map<number, Balancer<Endpoint>>()
  #levels: readonly Level[] = []
  /** Ejected ones whose time is over. */
  #probing: readonly Endpoint[] = []
  /** Priorities that use every endpoint they have. */
  panicking: readonly number[] = []

  constructor(makeBalancer: () => Balancer<Endpoint>, random: () => number) {
    this.#makeBalancer = makeBalancer
    this.#random = random
  }

  rebuild({ endpoints, panicThreshold }: SelectionInput): void {
    const groups = byPriority(endpoints)
    const counts = groups.map((group) => ({
      total: group.length,
      usable: group.filter((endpoint) => endpoint.usable).length,
    }))
    const shares = levelShares(counts, panicThreshold)
    for (const endpoint of endpoints) endpoint.eligible = false
    const levels: Level[] = []
    let upTo = 0
    for (const [i, group] of groups.entries()) {
      const { share, panic } = shares[i] ?? { share: 0, panic: false }
      if (share === 0) continue
      upTo += share
      levels.push(this.#level(panic ? group : group.filter((endpoint) => endpoint.usable), upTo))
    }
    this.#levels = levels
    this.#probing = endpoints.filter((endpoint) => endpoint.state === 'probing')
    this.panicking = groups
      .filter((_, i) => shares[i]?.panic === true)
      .map((group) => group[0]?.priority ?? 0)
  }

  /** Picks an endpoint, one that is not in `tried` where there is one; `undefined` when there is none at all. */
  pick(view: RequestView, tried: readonly Endpoint[], now: () => number): Endpoint | undefined {
    if (this.#probing.length > 0 && tried.length === 0) {
      const probe = this.#probe(now())
      if (probe !== undefined) return probe
    }
    const level = this.#levels.length > 1 ? this.#roll() : this.#levels[0]
    const endpoint = level?.balancer.pick(view)
    if (level === undefined || endpoint === undefined || tried.length === 0 || !tried.includes(endpoint))
      return endpoint
    return this.#another(level, view, tried) ?? endpoint
  }

  #level(endpoints: readonly Endpoint[], upTo: number): Level {
    const priority = endpoints[0]?.priority ?? 0
    const balancer = this.#balancers.get(priority) ?? this.#makeBalancer()
    this.#balancers.set(priority, balancer)
    for (const endpoint of endpoints) endpoint.eligible = true
    balancer.update(endpoints)
    return { priority, endpoints, balancer, upTo }
  }

  #probe(now: number): Endpoint | undefined {
    for (const endpoint of this.#probing) if (endpoint.ejection.mayProbe(now)) return endpoint
    return undefined
  }

  #roll(): Level | undefined {
    const roll = this.#random()
    for (const level of this.#levels) if (roll < level.upTo) return level
    return this.#levels.at(-1)
  }

  #another(level: Level, view: RequestView, tried: readonly Endpoint[]): Endpoint | undefined {
    for (let i = 0; i < balancerTries; i++) {
      const endpoint = level.balancer.pick(view)
      if (endpoint !== undefined && !tried.includes(endpoint)) return endpoint
    }
    const here = untried(level.endpoints, tried, this.#random)
    if (here !== undefined) return here
    for (const other of this.#levels) {
      const endpoint = untried(other.endpoints, tried, this.#random)
      if (endpoint !== undefined) return endpoint
    }
    return undefined
  }
}

/** From a random place on, so that the neighbour of a dead endpoint does not get all its retries. */
function untried(
  endpoints: readonly Endpoint[],
  tried: readonly Endpoint[],
  random: () => number,
): Endpoint | undefined {
  const start = Math.floor(random() * endpoints.length)
  for (let i = 0; i < endpoints.length; i++) {
    const endpoint = endpoints[(start + i) % endpoints.length]
    if (endpoint !== undefined && !tried.includes(endpoint)) return endpoint
  }
  return undefined
}

/** In ascending order of priority; within one, in the order given. */
function byPriority(endpoints: readonly Endpoint[]): Endpoint[][] {
  const groups = new Map<number, Endpoint[]>()
  for (const endpoint of endpoints) {
    const group = groups.get(endpoint.priority)
    if (group === undefined) groups.set(endpoint.priority, [endpoint])
    else group.push(endpoint)
  }
  return [...groups].sort(([one], [other]) => one - other).map(([, group]) => group)
}
