import type { KubernetesSettings } from '../../model/kubernetes-settings.ts'
import type { MaterialSource } from '../material-source.ts'
import { readAnnotations } from './annotations/read-annotations.ts'
import { basicAuthOf } from './basic-auth.ts'
import { ClusterTable } from './cluster-table.ts'
import { DefaultRouteTable } from './default-routes.ts'
import { HostOwners } from './host-owners.ts'
import type { RouteSurroundings } from './https-redirect.ts'
import { withinBudget } from './ingress-limits.ts'
import type { IngressRoutes } from './ingress-routes.ts'
import type { KubernetesObjects } from './objects.ts'
import type { KubernetesPieces, MembershipPieces, ObjectProblem } from './pieces.ts'
import { ProblemList } from './problem-list.ts'
import type { IngressRead } from './read-ingress.ts'
import { type ReadAnnotations, ReadingMemory } from './reading-memory.ts'
import { disorderProblems, orderRegexes } from './regex-order.ts'
import { RouteMemory } from './route-memory.ts'
import { SecretTable } from './secret-table.ts'
import { type AllSettled, settlePaths } from './settle-paths.ts'
import { TlsMemory } from './tls-memory.ts'

/** What translation needs and must not fetch itself. */
export interface KubernetesSurroundings {
  /** Those that Ingresses are served on; `port` is the one that clients know. */
  readonly listeners: readonly { readonly id: string; readonly port: number; readonly tls: 'on' | 'off' }[]
  readonly materials: MaterialSource
  /** Milliseconds since 1970. */
  readonly now: number
  /** Hosts that files name, which are not given to Ingresses; see `hostsOfFiles`. */
  readonly fileHosts: ReadonlySet<string>
  /** Addresses of this host and ports of our admin interface: an endpoint that has both is refused. */
  readonly own: { readonly addresses: ReadonlySet<string>; readonly ports: ReadonlySet<number> }
}

/**
 * Translates Kubernetes objects. It remembers what it made of each object, and looks again only at what changed: what comes out is the
 * same as without memory, but for two things that memory decides: who had a host last, and what a Secret held when it was last good.
 */
export class KubernetesTranslator {
  readonly #settings: KubernetesSettings
  readonly #reading: ReadingMemory
  readonly #owners: HostOwners
  readonly #routes = new RouteMemory()
  readonly #secrets = new SecretTable()
  readonly #clusters: ClusterTable
  readonly #defaults: DefaultRouteTable
  readonly #tls: TlsMemory
  #list = new ProblemList()
  #problems: readonly ObjectProblem[] = []

  /** @param read reads annotations; ours unless a test has its own. */
  constructor(settings: KubernetesSettings, read: ReadAnnotations = readAnnotations) {
    this.#settings = settings
    this.#reading = new ReadingMemory(settings, read)
    this.#owners = new HostOwners(settings)
    this.#clusters = new ClusterTable(settings, this.#secrets)
    this.#defaults = new DefaultRouteTable(settings)
    this.#tls = new TlsMemory(settings, this.#secrets)
  }

  /** Everything as it is now. */
  translate(objects: KubernetesObjects, surroundings: KubernetesSurroundings): KubernetesPieces {
    const { listeners, materials, now, own, fileHosts } = surroundings
    this.#secrets.begin(objects, materials)
    this.#clusters.begin(objects, own)
    const ids = listeners.map(({ id }) => id)
    const reads = this.#reading.reads(objects, ids)
    const claims = this.#owners.claims(reads, now, fileHosts)
    const settled = settlePaths(reads, claims)
    const made = this.#make(reads, settled, listeners)
    for (const { wishes } of made.values())
      for (const { wish, use } of wishes) this.#clusters.need(wish, objects, use)
    const rest = this.#defaults.routes(settled, this.#reading.plain())
    if (rest !== undefined) this.#clusters.need(rest.wish, objects, 'served')
    const served = new Set([...settled.hosts.keys(), ...fileHosts])
    const tls = this.#tls.update(reads, { claims, served }, objects)
    const regexes = orderRegexes([...made.values()].flatMap(({ regexes: own }) => own))
    const disordered = disorderProblems(made, regexes)
    this.#list = new ProblemList()
    for (const [read, routes] of made) {
      const own = [...read.problems, ...(settled.byRead.get(read)?.problems ?? []), ...routes.problems]
      const before = [...own, ...(disordered.get(read) ?? [])]
      this.#list.add(before, routes.wishes, tls.problems.get(read) ?? [])
    }
    this.#list.close(reads, { classes: this.#reading.classes.classes(), tls: tls.own, rest })
    this.#problems = this.#list.problems(this.#clusters)
    return {
      listeners: ids,
      routes: [...regexes, ...[...made.values()].flatMap(({ routes }) => routes), ...(rest?.routes ?? [])],
      clusters: this.#clusters.end(),
      tlsHosts: tls.tlsHosts,
      defaultCertificates: tls.defaultCertificates,
      materials: this.#secrets.end(),
      problems: this.#problems,
      accepted: acceptedOf(made, settled),
    }
  }

  /**
   * The endpoints of some Services, `namespace/name`, and all problems as they are then: what `translate` would give if nothing else
   * has changed. The same array of problems as before when they are the same.
   */
  membership(objects: KubernetesObjects, services: ReadonlySet<string>): MembershipPieces {
    const { endpoints, hasNewShape, hasNewFlaws } = this.#clusters.refresh(services, objects)
    if (hasNewFlaws) this.#problems = this.#list.problems(this.#clusters)
    return { endpoints, hasNewShape, problems: this.#problems }
  }

  /** When time alone will change something: a host is no longer kept for its last owner. Milliseconds since 1970. */
  nextLook(): number | undefined {
    return this.#owners.nextLook()
  }

  #make(
    reads: readonly IngressRead[],
    settled: AllSettled,
    listeners: KubernetesSurroundings['listeners'],
  ): ReadonlyMap<IngressRead, IngressRoutes> {
    const surroundings: RouteSurroundings = {
      settings: this.#settings,
      secure: listeners.filter(({ tls }) => tls === 'on'),
    }
    this.#routes.begin(surroundings)
    const made = new Map<IngressRead, IngressRoutes>()
    for (const read of reads) {
      const own = settled.byRead.get(read)
      if (own === undefined) continue
      made.set(read, this.#routes.routes(own, surroundings, basicAuthOf(read, this.#secrets)))
    }
    return withinBudget(made)
  }
}

function acceptedOf(
  made: ReadonlyMap<IngressRead, IngressRoutes>,
  settled: AllSettled,
): KubernetesPieces['accepted'] {
  const accepted = [...made].filter(
    ([read, { routes, regexes }]) =>
      routes.length + regexes.length > 0 || settled.byRead.get(read)?.isPart === true,
  )
  return accepted.map(([read]) => read.ref)
}
