import type { Ms } from '../../std/units.ts'

interface Remembered {
  readonly namespace: string
  /** Since when its namespace does not name it any more; milliseconds since 1970. */
  goneAt: number | undefined
  isNamed: boolean
}

/** What decides about a host beside the memory. */
interface Claimants {
  /** The namespace of the oldest Ingress that names it. */
  readonly oldest: string
  readonly isNamedBy: (namespace: string) => boolean
  readonly now: number
}

/** Hosts that are kept for a namespace which names them no more; of more than these, those that went first are free. */
const mostCooling = 1000

/** Who had a host last. Of this process alone: after a start, the oldest Ingress decides. */
export class HostMemory {
  readonly #cooling: Ms
  readonly #byHost = new Map<string, Remembered>()

  constructor(cooling: Ms) {
    this.#cooling = cooling
  }

  /** The namespace that owns a host which somebody names. */
  ownerOf(host: string, { oldest, isNamedBy, now }: Claimants): string {
    const before = this.#byHost.get(host)
    if (before !== undefined) {
      const isNamed = isNamedBy(before.namespace)
      if (isNamed) before.goneAt = undefined
      else before.goneAt ??= now
      before.isNamed = isNamed
      if (isNamed || this.#isCooling(before, now)) return before.namespace
    }
    this.#byHost.set(host, { namespace: oldest, goneAt: undefined, isNamed: true })
    return oldest
  }

  /** The namespace that had a host which nobody has named in this look, as long as it is kept for it. */
  coolingOwner(host: string, now: number): string | undefined {
    const remembered = this.#byHost.get(host)
    if (remembered === undefined || remembered.isNamed) return undefined
    return now < (remembered.goneAt ?? now) + this.#cooling ? remembered.namespace : undefined
  }

  /** Ends a look at all hosts: those that nobody named begin to cool, or are forgotten. */
  end(now: number): void {
    for (const [host, remembered] of this.#byHost) {
      if (!remembered.isNamed) remembered.goneAt ??= now
      remembered.isNamed = false
      if (remembered.goneAt !== undefined && !this.#isCooling(remembered, now)) this.#byHost.delete(host)
    }
    this.#forgetSurplus()
  }

  /** A tenant who names other hosts in every second must not fill the memory of all. */
  #forgetSurplus(): void {
    const cooling = new Map<string, [host: string, goneAt: number][]>()
    for (const [host, { namespace, goneAt }] of this.#byHost) {
      if (goneAt === undefined) continue
      const others = cooling.get(namespace)
      if (others === undefined) cooling.set(namespace, [[host, goneAt]])
      else others.push([host, goneAt])
    }
    for (const hosts of cooling.values()) {
      if (hosts.length <= mostCooling) continue
      hosts.sort(([, one], [, other]) => one - other)
      for (const [host] of hosts.slice(0, hosts.length - mostCooling)) this.#byHost.delete(host)
    }
  }

  /** When the first of the hosts that cool is free, milliseconds since 1970. */
  nextEnd(): number | undefined {
    let first: number | undefined
    for (const { goneAt } of this.#byHost.values()) {
      if (goneAt !== undefined && (first === undefined || goneAt + this.#cooling < first))
        first = goneAt + this.#cooling
    }
    return first
  }

  #isCooling({ goneAt }: Remembered, now: number): boolean {
    return goneAt !== undefined && now < goneAt + this.#cooling
  }
}
