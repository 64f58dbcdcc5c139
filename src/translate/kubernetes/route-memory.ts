import { type BasicAuthFound, withBasicAuth } from './basic-auth.ts'
import { type RouteSurroundings } from './https-redirect.ts'
import { type IngressRoutes, ingressRoutes } from './ingress-routes.ts'
import type { IngressRead } from './read-ingress.ts'
import type { ServedPath, Settled } from './settle-paths.ts'

interface Made {
  readonly settled: Settled
  /** Of what asks for users. */
  readonly authKey: string
  readonly routes: IngressRoutes
}

/** Makes the routes of Ingresses, each once as long as it has the same of what it wants. */
export class RouteMemory {
  #made = new WeakMap<IngressRead, Made>()
  #key = ''

  /** Begins a translation. */
  begin({ secure }: RouteSurroundings): void {
    const key = JSON.stringify(secure)
    if (key !== this.#key) this.#made = new WeakMap()
    this.#key = key
  }

  routes(settled: Settled, surroundings: RouteSurroundings, auth: BasicAuthFound | undefined): IngressRoutes {
    const authKey = auth?.key ?? ''
    const before = this.#made.get(settled.read)
    if (before !== undefined && before.authKey === authKey && hasSame(before.settled, settled))
      return before.routes
    const open = ingressRoutes(settled, surroundings)
    const routes = auth === undefined ? open : withBasicAuth(open, auth)
    this.#made.set(settled.read, { settled, authKey, routes })
    return routes
  }
}

function hasSame(before: Settled, now: Settled): boolean {
  return (
    before.served.length === now.served.length &&
    before.served.every((served, index) => isSame(served, now.served[index])) &&
    sameItems(before.defaultHosts, now.defaultHosts) &&
    sameItems(before.rootHosts, now.rootHosts) &&
    sameItems([...before.closedHosts].flat(), [...now.closedHosts].flat()) &&
    sameItems(before.told, now.told)
  )
}

function isSame({ path, isRegex, canary }: ServedPath, other: ServedPath | undefined): boolean {
  return (
    path === other?.path &&
    isRegex === other.isRegex &&
    canary?.read === other.canary?.read &&
    canary?.path === other.canary?.path
  )
}

function sameItems<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index])
}
