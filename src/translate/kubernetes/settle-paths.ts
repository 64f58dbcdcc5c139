import { quoted } from '../../std/quoted.ts'
import { Flaw } from '../format/flaw.ts'
import { ClosedHosts } from './closed-hosts.ts'
import type { HostClaims } from './host-owners.ts'
import { type ObjectFlaw, problemAt, refused, warning } from './object-problem.ts'
import type { ObjectProblem } from './pieces.ts'
import { claimKey, conditionsKey, type IngressRead, type PathRead } from './read-ingress.ts'
import { takesRoot } from './root-takers.ts'
import { settleCanaries } from './settle-canaries.ts'

/** A path that an Ingress serves. */
export interface ServedPath {
  readonly path: PathRead
  /** Whether it is a regular expression as ingress-nginx has them. */
  readonly isRegex: boolean
  /** The path of another Ingress that takes a part of its requests. */
  readonly canary: CanaryPart | undefined
}

export interface CanaryPart {
  readonly read: IngressRead
  readonly path: PathRead
}

/** What an Ingress has of what it wants, after all others were heard. */
export interface Settled {
  readonly read: IngressRead
  readonly served: readonly ServedPath[]
  /** Hosts whose rest goes to its default backend. */
  readonly defaultHosts: readonly string[]
  /** Hosts of which it sends requests for `/` elsewhere. */
  readonly rootHosts: readonly string[]
  /** Hosts that another Ingress closes, and why. */
  readonly closedHosts: ReadonlyMap<string, string>
  /** Paths of a canary that is closed: it takes no part, and what is wrong with their backends is told. */
  readonly told: readonly PathRead[]
  readonly problems: readonly ObjectProblem[]
  /** It is a canary, and takes a part of another one's requests. */
  readonly isPart: boolean
}

/** What is settled of all. */
export interface AllSettled {
  readonly byRead: ReadonlyMap<IngressRead, Settled>
  /** Hosts that somebody serves, and whether one of their paths takes whatever is asked of them. */
  readonly hosts: ReadonlyMap<string, 'all' | 'some'>
  /** Whether nothing that is asked of a host is left over. */
  isWhole(host: string): boolean
}

/** What an Ingress has while it is being settled. */
export interface Settling {
  readonly read: IngressRead
  readonly served: { path: PathRead; isRegex: boolean; canary: CanaryPart | undefined }[]
  readonly defaultHosts: string[]
  readonly rootHosts: string[]
  readonly closedHosts: Map<string, string>
  readonly told: PathRead[]
  readonly problems: ObjectProblem[]
  isPart: boolean
}

/** Who takes what, by claim. */
export interface Winner {
  readonly settling: Settling
  /** Its number among the served paths; `-1` for a default backend or a root. */
  readonly index: number
}

/**
 * Decides between Ingresses that want the same: of the same host and path the oldest takes the requests, default backends come
 * after all rules, and canaries take their part of what others have.
 *
 * @param reads oldest first.
 */
export function settlePaths(reads: readonly IngressRead[], claims: HostClaims): AllSettled {
  const settlement = new Settlement(reads, claims)
  for (const read of reads) settlement.refusals(read)
  const canaries = reads.filter(isCanary)
  const mains = canaries.length === 0 ? reads : reads.filter((read) => !isCanary(read))
  for (const read of mains) {
    settlement.close(read)
    settlement.paths(read)
  }
  for (const read of mains) if (read.annotations.nginx.appRoot !== undefined) settlement.roots(read)
  for (const read of mains) if (read.ingress.defaultBackend !== undefined) settlement.defaults(read)
  if (canaries.length > 0) settleCanaries(canaries, settlement)
  return settlement
}

function isCanary({ annotations }: IngressRead): boolean {
  return annotations.nginx.canary !== undefined
}

/** The state while paths are settled. */
export class Settlement implements AllSettled {
  readonly byRead = new Map<IngressRead, Settling>()
  readonly hosts = new Map<string, 'all' | 'some'>()
  readonly winners = new Map<string, Winner>()
  readonly #claims: HostClaims
  readonly #closed: ClosedHosts
  /** Hosts whose rest a default backend takes. */
  readonly #taken = new Set<string>()
  /** What is served of the hosts that an Ingress with `app-root` has. */
  readonly #besideRoots = new Map<string, Settling[]>()
  /** Those of them that take requests for `/`, by host. */
  readonly #rootTakers = new Map<string, ReadonlySet<Settling>>()
  /** Hosts that an Ingress of ingress-nginx has given regular expressions. */
  readonly #regexHosts = new Set<string>()

  constructor(reads: readonly IngressRead[], claims: HostClaims) {
    this.#claims = claims
    this.#closed = new ClosedHosts(reads, (read, host) => this.isRefused(read, host))
    for (const read of reads) {
      const { nginx } = read.annotations
      this.settling(read)
      if (nginx.appRoot !== undefined) for (const host of read.hosts.keys()) this.#besideRoots.set(host, [])
      if (nginx.regex === 'off' || nginx.canary !== undefined || read.choice.class.compat === 'off') continue
      for (const host of read.hosts.keys()) if (!this.isRefused(read, host)) this.#regexHosts.add(host)
    }
  }

  isRefused(read: IngressRead, host: string): boolean {
    return this.#claims.refusals.get(read)?.has(host) === true
  }

  /** With compatibility, one Ingress decides for all of a host; without, each for itself. */
  isRegex({ choice, annotations }: IngressRead, host: string): boolean {
    return choice.class.compat === 'ingress-nginx'
      ? this.#regexHosts.has(host)
      : annotations.nginx.regex === 'on'
  }

  settling(read: IngressRead): Settling {
    const known = this.byRead.get(read)
    if (known !== undefined) return known
    const fresh: Settling = {
      read,
      served: [],
      defaultHosts: [],
      rootHosts: [],
      closedHosts: new Map(),
      told: [],
      problems: [],
      isPart: false,
    }
    this.byRead.set(read, fresh)
    return fresh
  }

  tell(read: IngressRead, field: string, flaw: ObjectFlaw): void {
    this.settling(read).problems.push(problemAt(read.ref, field, flaw))
  }

  refusals(read: IngressRead): void {
    const refusals = this.#claims.refusals.get(read)
    if (refusals === undefined) return
    for (const [host, flaw] of refusals) {
      // Its hosts have the default backend all the same.
      const isAside = host === '*' && !read.hosts.has('*') && read.hosts.size > 0
      this.tell(read, read.named.get(host) ?? '', isAside ? { ...flaw, severity: 'warning' } : flaw)
    }
  }

  /** Closes what an Ingress has of hosts that another one was to protect. */
  close(read: IngressRead): void {
    for (const [host, field] of read.hosts) {
      const flaw = this.isRefused(read, host) ? undefined : this.#closed.flaw(read, host)
      if (flaw === undefined) continue
      this.settling(read).closedHosts.set(host, flaw.message)
      this.tell(read, field, flaw)
    }
  }

  paths(read: IngressRead): void {
    const settling = this.settling(read)
    const refusals = this.#claims.refusals.get(read)
    const isBare = conditionsKey(read.annotations.route.match) === ''
    for (const path of read.paths) {
      if (refusals?.has(path.host) === true) continue
      const isRegex = this.isRegex(read, path.host)
      if (!path.isSound && !isRegex && path.match instanceof Flaw) {
        const { message, remedy } = path.match
        this.tell(
          read,
          `${path.field}.path`,
          refused('PathInvalid', `path ${quoted(path.text)} ${message}`, remedy),
        )
        continue
      }
      const key = isRegex ? path.regexKey : path.key
      const winner = this.winners.get(key)
      if (winner !== undefined) {
        this.tell(read, `${path.field}.path`, pathTaken(path, winner, read))
        continue
      }
      this.winners.set(key, { settling, index: settling.served.length })
      settling.served.push({ path, isRegex, canary: undefined })
      const beside = this.#besideRoots.get(path.host)
      if (beside !== undefined && beside.at(-1) !== settling) beside.push(settling)
      this.#serve(path.host, isBare && (isRegex ? path.text === '/' : path.isRoot))
    }
  }

  /**
   * Requests for `/` alone, for a host without a path for just that. Those that a path of another Ingress takes stay there: in
   * ingress-nginx `app-root` is a part of the paths of its own Ingress.
   */
  roots(read: IngressRead): void {
    const settling = this.settling(read)
    const conditions = conditionsKey(read.annotations.route.match)
    for (const host of read.hosts.keys()) {
      if (this.isRefused(read, host)) continue
      const key = claimKey(host, { kind: 'exact', value: '/' }, conditions)
      const owner = this.#rootOwner(host, settling)
      if (owner !== undefined) this.tell(read, appRootField, rootTaken(host, owner))
      if (owner !== undefined || this.winners.has(key)) continue
      this.winners.set(key, { settling, index: -1 })
      settling.rootHosts.push(host)
      this.#serve(host, false)
    }
  }

  /** Another Ingress with a path that takes `/` of a host, when this one has none. */
  #rootOwner(host: string, settling: Settling): Settling | undefined {
    const takers = this.#rootTakers.get(host) ?? this.#takersOf(host)
    this.#rootTakers.set(host, takers)
    return takers.has(settling) ? undefined : takers.values().next().value
  }

  #takersOf(host: string): ReadonlySet<Settling> {
    const beside = this.#besideRoots.get(host) ?? []
    const takers = beside.filter(({ served }) =>
      served.some(({ path, isRegex }) => path.host === host && takesRoot(path, isRegex)),
    )
    return new Set(takers)
  }

  defaults(read: IngressRead): void {
    const settling = this.settling(read)
    const conditions = conditionsKey(read.annotations.route.match)
    const hosts = new Set([...read.hosts.keys(), '*'])
    for (const host of hosts) {
      if (this.isRefused(read, host) || this.hosts.get(host) === 'all') continue
      const key = claimKey(host, { kind: 'segments', value: '/' }, conditions)
      const winner = this.winners.get(key)
      if (winner === undefined) {
        this.winners.set(key, { settling, index: -1 })
        settling.defaultHosts.push(host)
        this.#serve(host, false)
        continue
      }
      if (winner.index < 0) this.tell(read, 'spec.defaultBackend', defaultTaken(host, winner))
    }
    if (conditions === '') for (const host of settling.defaultHosts) this.#taken.add(host)
  }

  isWhole(host: string): boolean {
    return this.hosts.get(host) === 'all' || this.#taken.has(host)
  }

  #serve(host: string, takesAll: boolean): void {
    if (takesAll) this.hosts.set(host, 'all')
    else if (!this.hosts.has(host)) this.hosts.set(host, 'some')
  }
}

function pathTaken({ host, text }: PathRead, { settling }: Winner, read: IngressRead): ObjectFlaw {
  const shown = `path ${quoted(text)} of ${host === '*' ? 'any host' : `host ${quoted(host)}`}`
  if (settling.read === read)
    return refused('PathTaken', `${shown} is given twice, and the first one counts`, 'remove one of them')
  return refused(
    'PathTaken',
    `${shown} belongs to Ingress ${nameOf(settling)}, which is older`,
    'write another path, or remove one of them',
  )
}

const appRootField = 'metadata.annotations[nginx.ingress.kubernetes.io/app-root]'

function rootTaken(host: string, owner: Settling): ObjectFlaw {
  const message = `app-root redirects nothing of host ${quoted(host)}: requests for "/" belong to Ingress ${nameOf(owner)}, and this one has no path that takes them`
  return warning('PathTaken', message, 'write it on that Ingress, or remove it')
}

function defaultTaken(host: string, { settling }: Winner): ObjectFlaw {
  const shown = host === '*' ? 'requests of any other host' : `the rest of host ${quoted(host)}`
  const message = `the default backend of Ingress ${nameOf(settling)}, which is older, takes ${shown}`
  return warning('DefaultBackendTaken', message, 'remove "spec.defaultBackend" from one of them')
}

function nameOf({ read }: Settling): string {
  const { namespace, name } = read.ingress.meta
  return quoted(`${namespace}/${name}`)
}
