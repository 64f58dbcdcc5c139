import type { EndpointSpec } from '../model/cluster.ts'
import { Endpoint, type EndpointOwner, endpointKey } from './endpoint.ts'

/** An endpoint that should be there, and what a Host header for it says. */
export interface Member {
  readonly spec: EndpointSpec
  readonly authority: string
}

/** Keys of endpoints. */
export interface MemberChanges {
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

/** The endpoints of one cluster by key; what is said again stays the same object, with its connections and health. */
export class Membership {
  readonly #owner: EndpointOwner
  #byKey = new Map<string, Endpoint>()
  /** In the order given. */
  endpoints: readonly Endpoint[] = []

  constructor(owner: EndpointOwner) {
    this.#owner = owner
  }

  /** Replaces the members; the first of those with the same address counts. */
  update(members: readonly Member[]): MemberChanges {
    const before = this.#byKey
    const after = new Map<string, Endpoint>()
    // The first members of a cluster are not warmed up: there is nobody to take their load meanwhile.
    const usableSince = before.size === 0 ? -Infinity : this.#owner.clock.now()
    for (const { spec, authority } of members) {
      const key = endpointKey(spec.address)
      if (after.has(key)) continue
      const known = before.get(key)
      known?.configure(spec, authority)
      after.set(key, known ?? new Endpoint(spec, authority, usableSince, this.#owner))
    }
    this.#byKey = after
    this.endpoints = [...after.values()]
    const gone = [...before.values()].filter((endpoint) => !after.has(endpoint.key))
    for (const endpoint of gone) endpoint.remove()
    const added = [...after.keys()].filter((key) => !before.has(key))
    return { added, removed: gone.map((endpoint) => endpoint.key) }
  }
}
