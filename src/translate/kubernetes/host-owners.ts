import type { KubernetesSettings } from '../../model/kubernetes-settings.ts'
import { quoted } from '../../std/quoted.ts'
import { patternOfFiles } from './file-hosts.ts'
import { HostMemory } from './host-memory.ts'
import { coversHost, wildcardOf } from './host-patterns.ts'
import { type ObjectFlaw, refused } from './object-problem.ts'
import type { IngressRead } from './read-ingress.ts'

/** Hosts that an Ingress names and may not have, each with the reason. */
export type Refusals = ReadonlyMap<string, ObjectFlaw>

/** Who may have which host, in one translation. */
export interface HostClaims {
  /** What is refused to whom; Ingresses that may have all that they name are not in it. */
  readonly refusals: ReadonlyMap<IngressRead, Refusals>
  /** The namespace of the oldest Ingress that may have a host; it decides about certificates. */
  owner(host: string): string | undefined
}

/** A look at all hosts. */
interface Look {
  readonly now: number
  readonly fileHosts: ReadonlySet<string>
  readonly claims: Map<string, Claim>
  readonly refusals: Map<IngressRead, Map<string, ObjectFlaw>>
  /** The place of each Ingress by age. */
  readonly order: Map<IngressRead, number>
}

interface Claim {
  /** The oldest of the owner; `undefined` while a host that nobody may have yet cools. */
  readonly oldest: IngressRead | undefined
  readonly namespace: string
}

const hostRemedy = 'use a host of your own, or have its owner give it up'

/**
 * Decides who owns a host. By namespace: the namespace of the oldest Ingress that names it, and whoever names it later from elsewhere
 * is refused; who had it last keeps it, for a while also after its last Ingress is gone, so that deleting and creating again loses
 * nothing. By object: everybody may have every host, and only paths are owned.
 */
export class HostOwners {
  readonly #settings: KubernetesSettings
  readonly #byNamespace: boolean
  readonly #memory: HostMemory

  constructor(settings: KubernetesSettings) {
    this.#settings = settings
    this.#byNamespace = settings.hostOwnership === 'namespace'
    this.#memory = new HostMemory(settings.hostCooling)
  }

  /**
   * @param reads oldest first.
   * @param now milliseconds since 1970.
   * @param fileHosts those of the operator's files.
   */
  claims(reads: readonly IngressRead[], now: number, fileHosts: ReadonlySet<string>): HostClaims {
    const look: Look = { now, fileHosts, claims: new Map(), refusals: new Map(), order: new Map() }
    for (const [index, read] of reads.entries()) look.order.set(read, index)
    // Wildcards first: whether a host inside of one may be had depends on who has it.
    this.#settle(reads, look, (host) => host.startsWith('*'))
    this.#settle(reads, look, (host) => !host.startsWith('*'))
    if (this.#byNamespace) this.#memory.end(now)
    return { refusals: look.refusals, owner: (host) => look.claims.get(host)?.namespace }
  }

  /** When a host stops being kept for a namespace that no longer names it, milliseconds since 1970. */
  nextLook(): number | undefined {
    return this.#memory.nextEnd()
  }

  #settle(reads: readonly IngressRead[], look: Look, isWanted: (host: string) => boolean): void {
    const claimants = new Map<string, IngressRead[]>()
    for (const read of reads) {
      for (const host of read.named.keys()) {
        if (!isWanted(host)) continue
        const isOthers = claimants.get(host)?.some((one) => namespaceOf(one) !== namespaceOf(read)) === true
        const flaw =
          this.#notAllowed(read, host) ??
          this.#ofFiles(read, host, look) ??
          (isOthers ? undefined : this.#insideOther(read, host, look))
        if (flaw === undefined) push(claimants, host, read)
        else refuse(look, read, host, flaw)
      }
    }
    for (const [host, all] of claimants) {
      const named = this.#claim(host, all, look.now)
      const own = this.#byNamespace ? all.filter((read) => namespaceOf(read) === named.namespace) : all
      const definer = own.find((read) => hasRules(read, host))
      const left = definer === undefined ? own : own.filter(({ aliases }) => !aliases.has(host))
      const claim = left.length === own.length ? named : claimOf(left[0], named)
      look.claims.set(host, claim)
      for (const read of all) {
        if (!own.includes(read)) refuse(look, read, host, taken(host, claim))
        else if (definer !== undefined && !left.includes(read))
          refuse(look, read, host, aliasTaken(host, definer))
      }
    }
  }

  #claim(host: string, claimants: readonly IngressRead[], now: number): Claim {
    const [first] = claimants
    const oldest = first === undefined ? '' : namespaceOf(first)
    if (!this.#byNamespace) return { oldest: first, namespace: oldest }
    const isNamedBy = (namespace: string) => claimants.some((read) => namespaceOf(read) === namespace)
    const namespace = this.#memory.ownerOf(host, { oldest, isNamedBy, now })
    return { oldest: claimants.find((read) => namespaceOf(read) === namespace), namespace }
  }

  #notAllowed(read: IngressRead, host: string): ObjectFlaw | undefined {
    const { allowedHosts, catchAll } = this.#settings
    const namespace = namespaceOf(read)
    if (host === '*' && catchAll !== undefined && !catchAll.includes(namespace)) {
      const message = `namespace ${quoted(namespace)} may not take requests of any host`
      return refused(
        'CatchAllRefused',
        message,
        'name the hosts, or have the operator add the namespace to "catchAll"',
      )
    }
    if (host === '*') return undefined
    const entries = allowedHosts.filter(({ namespaces }) => namespaces.includes(namespace))
    const patterns = entries.flatMap(({ hosts }) => hosts)
    if (entries.length === 0 || patterns.some((pattern) => coversHost(pattern, host))) return undefined
    const message = `host ${quoted(host)} is not one of those that namespace ${quoted(namespace)} may use`
    return refused(
      'HostNotAllowed',
      message,
      `use one within ${patterns.map((pattern) => quoted(pattern)).join(', ')}`,
    )
  }

  /** Files are older than every object: their hosts, and those inside of their wildcards, need the operator's word. */
  #ofFiles(read: IngressRead, host: string, { fileHosts }: Look): ObjectFlaw | undefined {
    const pattern = this.#byNamespace ? patternOfFiles(fileHosts, host) : undefined
    const namespace = namespaceOf(read)
    if (pattern === undefined || this.#isGranted(namespace, host)) return undefined
    const shown =
      pattern === host ? `host ${quoted(host)}` : `host ${quoted(host)}, inside of ${quoted(pattern)},`
    return refused(
      'HostTaken',
      `${shown} belongs to the configuration of the gateway itself`,
      askFor(namespace),
    )
  }

  /** Whether the operator names a host for a namespace. */
  #isGranted(namespace: string, host: string): boolean {
    return this.#settings.allowedHosts.some(
      ({ namespaces, hosts }) =>
        namespaces.includes(namespace) && hosts.some((pattern) => coversHost(pattern, host)),
    )
  }

  /** A host inside of a wildcard that another namespace had before needs the operator's word. */
  #insideOther(read: IngressRead, host: string, look: Look): ObjectFlaw | undefined {
    const wildcard = this.#byNamespace ? wildcardOf(host) : undefined
    if (wildcard === undefined) return undefined
    const namespace = namespaceOf(read)
    const claim = look.claims.get(wildcard)
    const owner = claim?.namespace ?? this.#memory.coolingOwner(wildcard, look.now)
    if (owner === undefined || owner === namespace) return undefined
    const indexOf = (one: IngressRead | undefined) => (one === undefined ? -1 : (look.order.get(one) ?? -1))
    if (indexOf(claim?.oldest) > indexOf(read)) return undefined
    if (this.#isGranted(namespace, host)) return undefined
    const message = `host ${quoted(host)} is inside of ${quoted(wildcard)}, which belongs to namespace ${quoted(owner)}`
    return refused('HostTaken', message, askFor(namespace))
  }
}

/** Whether it has rules of its own for a host. A canary has none without another Ingress. */
function hasRules({ hosts, aliases, annotations }: IngressRead, host: string): boolean {
  return annotations.nginx.canary === undefined && hosts.has(host) && !aliases.has(host)
}

function claimOf(oldest: IngressRead | undefined, otherwise: Claim): Claim {
  return oldest === undefined ? otherwise : { oldest, namespace: namespaceOf(oldest) }
}

/** As in ingress-nginx, where an alias never takes requests from an Ingress that names the host itself. */
function aliasTaken(host: string, { ingress: { meta } }: IngressRead): ObjectFlaw {
  const other = quoted(`${meta.namespace}/${meta.name}`)
  return refused(
    'HostTaken',
    `alias ${quoted(host)} is left out: Ingress ${other} has rules for that host`,
    'remove it from "server-alias", or write rules for it',
  )
}

function askFor(namespace: string): string {
  return `use another host, or have the operator add it for ${quoted(namespace)} to "allowedHosts"`
}

function taken(host: string, { namespace, oldest }: Claim): ObjectFlaw {
  const shown = host === '*' ? 'any host' : `host ${quoted(host)}`
  const by =
    oldest === undefined ? 'which had it last' : `whose Ingress ${quoted(oldest.ingress.meta.name)} has it`
  return refused('HostTaken', `${shown} belongs to namespace ${quoted(namespace)}, ${by}`, hostRemedy)
}

/** The namespace of an Ingress. */
export function namespaceOf({ ingress }: IngressRead): string {
  return ingress.meta.namespace
}

function push(map: Map<string, IngressRead[]>, key: string, read: IngressRead): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, [read])
  else known.push(read)
}

function refuse({ refusals }: Look, read: IngressRead, host: string, flaw: ObjectFlaw): void {
  const known = refusals.get(read)
  if (known === undefined) refusals.set(read, new Map([[host, flaw]]))
  else known.set(host, flaw)
}
