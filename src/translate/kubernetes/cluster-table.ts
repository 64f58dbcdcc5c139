import { parseCidrs } from '../../http/cidr.ts'
import type { Draft } from '../../model/build.ts'
import type { Cluster, EndpointSpec } from '../../model/cluster.ts'
import { endpointsText } from '../../model/endpoints-text.ts'
import type { KubernetesSettings } from '../../model/kubernetes-settings.ts'
import type { PlacedWish } from './backend-trees.ts'
import { type ClusterMade, makeCluster } from './cluster-content.ts'
import type { ClusterFlaw, ClusterWish } from './cluster-wish.ts'
import type { GuardRules } from './endpoint-guard.ts'
import type { EndpointRules } from './endpoints.ts'
import { hostService } from './host-service.ts'
import type { EndpointSliceObject, KubernetesObjects, SecretLookup, ServiceObject } from './objects.ts'
import type { SecretTable } from './secret-table.ts'

interface Kept extends ClusterMade {
  readonly wish: ClusterWish
  readonly service: ServiceObject | undefined
  readonly slices: readonly EndpointSliceObject[]
  /** What was looked up for TLS; empty for most. */
  readonly secrets: readonly SecretLookup[]
  readonly rules: EndpointRules
  /** Of the translation that needed it last. */
  turn: number
  /** Of the translation that had routes lead to it last. */
  servedIn: number
}

/** What a second look at some clusters gives. */
export interface Refreshed {
  /** By cluster id. */
  readonly endpoints: ReadonlyMap<string, readonly EndpointSpec[]>
  /** Whether one of them is another in more than its endpoints. */
  readonly hasNewShape: boolean
  /** Whether something else is wrong with one of them than before. */
  readonly hasNewFlaws: boolean
}

/** The clusters that routes lead to, remembered with what they were made of: one that did not change is the same object again. */
export class ClusterTable {
  readonly #settings: KubernetesSettings
  readonly #secrets: SecretTable
  readonly #allowed: GuardRules['allowed']
  #kept = new Map<string, Kept>()
  readonly #byService = new Map<string, Set<string>>()
  #turn = 0
  #rules: EndpointRules | undefined
  #ownKey = ''

  constructor(settings: KubernetesSettings, secrets: SecretTable) {
    this.#settings = settings
    this.#secrets = secrets
    this.#allowed = parseCidrs(settings.allowedEndpoints)
  }

  /** Begins a translation. */
  begin(objects: KubernetesObjects, own: GuardRules['own']): void {
    this.#turn += 1
    const ownKey = [...own.addresses, ...own.ports].join(' ')
    const { zone, forbidden } = objects
    const before = this.#rules
    if (
      before !== undefined &&
      before.zone === zone &&
      before.forbidden === forbidden &&
      this.#ownKey === ownKey
    )
      return
    this.#ownKey = ownKey
    this.#rules = { zone, forbidden, allowed: this.#allowed, own }
  }

  /** Looks at the cluster that a wish stands for, once in a translation. One that routes lead to is given by `end`. */
  need(wish: ClusterWish, objects: KubernetesObjects, use: PlacedWish['use']): void {
    const before = this.#kept.get(wish.id)
    const kept = before?.turn === this.#turn ? before : this.#look(wish, before, objects)
    if (use === 'served') kept.servedIn = this.#turn
  }

  /** Forgets the clusters that nothing has needed since `begin`, and gives those of the others that routes lead to. */
  end(): readonly Draft<Cluster>[] {
    const drafts: Draft<Cluster>[] = []
    for (const [id, { turn, servedIn, draft, wish }] of this.#kept) {
      if (turn === this.#turn) {
        if (servedIn === turn) drafts.push(draft)
        continue
      }
      this.#kept.delete(id)
      const key = `${wish.namespace}/${wish.service}`
      const ids = this.#byService.get(key)
      ids?.delete(id)
      if (ids?.size === 0) this.#byService.delete(key)
    }
    return drafts
  }

  /** What is wrong with a cluster that something has needed. */
  flawsOf(id: string): readonly ClusterFlaw[] {
    return this.#kept.get(id)?.flaws ?? none
  }

  /** Looks at the clusters of some Services again, as `namespace/name`. */
  refresh(services: ReadonlySet<string>, objects: KubernetesObjects): Refreshed {
    const endpoints = new Map<string, readonly EndpointSpec[]>()
    let hasNewShape = false
    let hasNewFlaws = false
    for (const service of services) {
      for (const id of this.#byService.get(service) ?? []) {
        const kept = this.#kept.get(id)
        if (kept === undefined) continue
        const { draft, flaws } = this.#look(kept.wish, kept, objects)
        hasNewFlaws ||= flaws !== kept.flaws
        if (kept.servedIn !== this.#turn) continue
        endpoints.set(id, draft.content.endpoints)
        hasNewShape ||= !sameShape(kept.draft, draft)
      }
    }
    return { endpoints, hasNewShape, hasNewFlaws }
  }

  #look(wish: ClusterWish, before: Kept | undefined, objects: KubernetesObjects): Kept {
    const rules = this.#rules ?? this.#noRules(objects)
    const service = serviceOf(wish, before, objects)
    const slices = objects.slices(wish.namespace, wish.service)
    const isSame =
      before !== undefined &&
      before.wish.extras === wish.extras &&
      before.service === service &&
      (before.slices === slices || before.slices.length + slices.length === 0) &&
      before.rules === rules &&
      this.#areSame(before.secrets, wish, objects)
    if (isSame) {
      before.turn = this.#turn
      this.#touchSecrets(before)
      return before
    }
    return this.#make(wish, before, { service, slices, rules, secrets: lookups(wish, objects) })
  }

  #make(
    wish: ClusterWish,
    before: Kept | undefined,
    found: Pick<Kept, 'service' | 'slices' | 'rules' | 'secrets'>,
  ): Kept {
    const { externalNames, allowedEndpoints } = this.#settings
    const fresh = makeCluster(wish, { ...found, secrets: this.#secrets, externalNames, allowedEndpoints })
    const { draft, flaws } =
      before === undefined ? fresh : { ...fresh, draft: settled(before.draft, fresh.draft) }
    const turns = { turn: this.#turn, servedIn: before?.servedIn ?? 0 }
    const kept: Kept = { wish, ...found, draft, flaws: sameFlaws(before?.flaws, flaws), ...turns }
    this.#kept.set(wish.id, kept)
    const key = `${wish.namespace}/${wish.service}`
    const ids = this.#byService.get(key)
    if (ids === undefined) this.#byService.set(key, new Set([wish.id]))
    else ids.add(wish.id)
    return kept
  }

  #areSame(before: readonly SecretLookup[], wish: ClusterWish, objects: KubernetesObjects): boolean {
    if (before.length === 0) return true
    const now = lookups(wish, objects)
    return now.every((lookup, index) => identity(lookup) === identity(before[index]))
  }

  /** Secrets that are named stay remembered. */
  #touchSecrets({ wish, secrets }: Kept): void {
    if (secrets.length === 0) return
    for (const name of secretNames(wish)) this.#secrets.touch({ namespace: wish.namespace, name })
  }

  #noRules({ zone, forbidden }: KubernetesObjects): EndpointRules {
    this.#rules = { zone, forbidden, allowed: this.#allowed, own: { addresses: new Set(), ports: new Set() } }
    return this.#rules
  }
}

/** A host that is asked by its name is what a Service of type ExternalName leads to. */
function serviceOf(
  wish: ClusterWish,
  before: Kept | undefined,
  objects: KubernetesObjects,
): ServiceObject | undefined {
  if (wish.foreign?.kind !== 'host') return objects.service(wish.namespace, wish.service)
  return before?.service ?? hostService(wish.namespace, wish.service)
}

function identity(lookup: SecretLookup | undefined): unknown {
  return lookup?.kind === 'found' ? lookup.secret : lookup?.kind
}

/** The Secrets that TLS of a cluster may need, whether or not it has TLS: that depends on the Service. */
function secretNames({ extras }: ClusterWish): readonly string[] {
  const asked = extras.tls === 'off' ? undefined : (extras.tls ?? extras.tlsWhenAsked)
  return [asked?.caSecret, asked?.certificateSecret].filter((name) => name !== undefined)
}

function lookups(wish: ClusterWish, objects: KubernetesObjects): readonly SecretLookup[] {
  return secretNames(wish).map((name) => objects.secret(wish.namespace, name))
}

/** The draft before as far as the new one says the same, so that nobody has to compare or to hash it again. */
function settled(before: Draft<Cluster>, after: Draft<Cluster>): Draft<Cluster> {
  const [old, fresh] = [before.content.endpoints, after.content.endpoints]
  const endpoints = endpointsText(old) === endpointsText(fresh) ? old : fresh
  if (!sameShape(before, after)) return { ...after, content: { ...after.content, endpoints } }
  return endpoints === old ? before : { ...before, content: { ...before.content, endpoints } }
}

function sameShape(before: Draft<Cluster>, after: Draft<Cluster>): boolean {
  if (before === after || before.content === after.content) return true
  const [old, fresh] = [before.content, after.content]
  const names = Object.keys(fresh) as (keyof typeof fresh)[]
  if (names.length !== Object.keys(old).length) return false
  return names.every((name) => name === 'endpoints' || sameText(old[name], fresh[name]))
}

function sameText(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

function sameFlaws(
  before: readonly ClusterFlaw[] | undefined,
  now: readonly ClusterFlaw[],
): readonly ClusterFlaw[] {
  if (now.length === 0) return none
  return before !== undefined && sameText(before, now) ? before : now
}

const none: readonly ClusterFlaw[] = []
