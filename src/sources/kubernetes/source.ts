import type { KubernetesSettings, ObjectName } from '../../model/kubernetes-settings.ts'
import type { SourceStatus } from '../../model/source-status.ts'
import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'
import type {
  EndpointSliceObject,
  KubernetesObjects,
  ObjectChanges,
} from '../../translate/kubernetes/objects.ts'
import type { KubernetesApi } from './api.ts'
import { ChangeLog } from './change-log.ts'
import { fixedAddresses } from './forbidden-addresses.ts'
import { KnownObjects } from './known-objects.ts'
import { ListWatch, type WatchListeners, type WatchSurroundings } from './list-watch.ts'
import { Outage } from './outage.ts'
import { OwnZone } from './own-zone.ts'
import { ReferenceKeeper } from './reference-keeper.ts'
import type { Resource } from './resource.ts'
import * as resources from './resources.ts'
import { SecretSource } from './secret-source.ts'
import { type Change, keyOf, type Table } from './table.ts'
import { type WatchPlan, watchPlan } from './watch-plan.ts'

export interface KubernetesSourceDeps {
  readonly settings: KubernetesSettings
  /** A Service whose slices are followed, whether translation asks for them or not. */
  readonly ownService?: ObjectName | undefined
  readonly api: KubernetesApi
  readonly clock: Clock
  readonly random: () => number
  /** Read are `POD_NAMESPACE`, `NODE_NAME`, `HOST_IP` and `KUBERNETES_SERVICE_HOST`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** `takeChanges` has something, or everything is known for the first time. Never before that. */
  readonly onChange: () => void
  /** A status is another, or the slices of our own Service are. */
  readonly onStatus: () => void
  /** Without a byte for so long a watch counts as dead; 75 s. */
  readonly silence?: Ms
}

/** Bookmarks come about each minute. */
const usualSilence: Ms = 75_000
/** An Ingress whose Secrets are still being read for the first time waits so long for them, rather than be without TLS for a moment. */
const holdFor: Ms = 2_000

interface Watch extends AsyncDisposable {
  start(): void
  status(): SourceStatus
  readonly isSettled: boolean
}

/** Follows everything in a cluster that Ingresses need. What is known holds for as long as the API server is away. */
export class KubernetesSource implements AsyncDisposable {
  readonly #deps: KubernetesSourceDeps
  readonly #changes = new ChangeLog()
  readonly #known: KnownObjects
  readonly #secrets: SecretSource
  readonly #references: ReferenceKeeper
  readonly #zone: OwnZone | undefined
  readonly #watches: { readonly watch: Watch; readonly need: 'required' | 'extra' }[] = []
  readonly #around: WatchSurroundings
  #isComplete = false
  #isEnded = false
  /** While a change of shape waits for Secrets. */
  #hold: unknown
  #isHoldOver = false

  constructor(deps: KubernetesSourceDeps) {
    const { settings, api, clock, random, env, silence = usualSilence } = deps
    this.#deps = deps
    this.#around = { api, clock, random, silence, outage: new Outage(clock) }
    this.#secrets = new SecretSource({
      scope: settings.secrets,
      around: this.#around,
      serviceAccount: `${env['POD_NAMESPACE'] ?? 'tidegate'}:${env['TIDEGATE_SERVICE_ACCOUNT'] ?? 'tidegate'}`,
      secretsRole: env['TIDEGATE_SECRETS_ROLE'] ?? 'tidegate-secrets',
      mayNeedMore: (namespace) => this.#references.mayNeedMore(namespace),
      onChange: (key) => {
        this.#changes.secret(key)
        this.#touch()
      },
      onKnown: () => this.#changes.shape(),
      onStatus: () => this.#statusChanged(),
    })
    const plan = watchPlan(settings, deps.ownService)
    const ownNode = settings.zoneHints === 'on' ? (env['NODE_NAME'] ?? '') : ''
    this.#known = new KnownObjects({
      changes: this.#changes,
      scope: plan.selector === undefined ? 'all' : 'listed',
      secret: (namespace, name) => this.#secret(namespace, name),
      fixed: [...fixedAddresses(env, api.server)],
      ownNode,
    })
    this.#references = new ReferenceKeeper(settings, this.#known, this.#secrets)
    this.#plan(plan)
    if (plan.nodes === 'own' && ownNode !== '')
      this.#zone = new OwnZone(ownNode, this.#around, {
        onZone: (zone) => {
          this.#known.setZone(zone)
          this.#shapeChanged()
        },
        onStatus: () => this.#statusChanged(),
      })
  }

  /** Begins to read; what fails is tried again for ever. */
  start(): void {
    for (const { watch } of this.#watches) watch.start()
    this.#zone?.start()
    this.#secrets.start()
  }

  get objects(): KubernetesObjects {
    return this.#known
  }

  /** Runs a translation of everything: Services and Secrets that it does not look up do not matter any more after it. */
  renew<T>(translate: (objects: KubernetesObjects) => T): T {
    return this.#changes.renew(() => this.#secrets.renew(() => translate(this.#known)))
  }

  /** Whether everything was known once: each resource gave its first complete state, or may not be read, or does not exist. */
  isComplete(): boolean {
    return this.#isComplete
  }

  /** What has not been read yet; empty when it is complete. */
  waitingFor(): readonly string[] {
    if (this.#isComplete) return []
    const waiting = this.#watches
      .filter(({ watch, need }) => need === 'required' && !watch.isSettled)
      .map(({ watch }) => watch.status().name.replace(/^kubernetes /, ''))
    const zone = this.#zone?.isSettled === false ? ['zone'] : []
    return [...waiting, ...this.#secrets.waitingFor(), ...zone]
  }

  /** What changed since the last call. */
  takeChanges(): ObjectChanges {
    return this.#changes.take(this.#isHeld() ? 'later' : 'now')
  }

  statuses(): readonly SourceStatus[] {
    const zone = this.#zone === undefined ? [] : [this.#zone.status()]
    return [...this.#watches.map(({ watch }) => watch.status()), ...this.#secrets.statuses(), ...zone]
  }

  /** ExternalIP of all nodes, else InternalIP; empty unless `status.from` is `nodes`. */
  nodeAddresses(): readonly string[] {
    return this.#deps.settings.status.from === 'nodes' ? this.#known.nodeAddresses() : []
  }

  /** The slices of our own Service; none as long as they are not known. */
  ownSlices(): readonly EndpointSliceObject[] {
    const { ownService } = this.#deps
    return ownService === undefined ? [] : this.#known.peekSlices(ownService)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnded = true
    this.#deps.clock.clearTimeout(this.#hold)
    const watches = this.#watches.map(({ watch }) => watch[Symbol.asyncDispose]())
    await Promise.all([...watches, this.#secrets[Symbol.asyncDispose](), this.#zone?.[Symbol.asyncDispose]()])
  }

  #plan(plan: WatchPlan): void {
    const { tables } = this.#known
    const shape = () => this.#shapeChanged()
    const reread = () => {
      this.#references.scopeChanged()
      shape()
    }
    if (plan.selector !== undefined)
      tables.namespaces.add(undefined, this.#watch(resources.namespaces(plan.selector), reread))
    tables.classes.add(undefined, this.#watch(resources.ingressClasses(), reread))
    for (const namespace of plan.ingresses)
      tables.ingresses.add(
        namespace,
        this.#watch(resources.ingresses({ namespace }), (changes) => {
          this.#references.ingressesChanged(changes)
          shape()
        }),
      )
    for (const { need, ...part } of plan.services)
      tables.services.add(
        part.namespace,
        this.#watch(resources.services(part), (changes) => this.#servicesChanged(changes), need),
      )
    for (const { need, ...part } of plan.slices)
      this.#watch(resources.endpointSlices(part), (changes) => this.#slicesChanged(changes), need)
    for (const { namespace, name } of this.#deps.settings.classParameters)
      tables.configMaps.add(namespace, this.#watch(resources.configMaps({ namespace, name }), reread))
    this.#planOthers(plan, shape)
  }

  #planOthers(plan: WatchPlan, shape: () => void): void {
    const { tables } = this.#known
    for (const namespace of plan.grants) {
      const changed = () => {
        this.#known.grantsChanged()
        shape()
      }
      tables.grants.add(namespace, this.#watch(resources.referenceGrants({ namespace }), changed))
    }
    if (plan.nodes !== 'all') return
    const changed = () => {
      this.#known.nodesChanged()
      shape()
    }
    tables.nodes.add(undefined, this.#watch(resources.nodes(), changed))
  }

  #watch<T>(
    resource: Resource<T>,
    onChanges: WatchListeners<T>['onChanges'],
    need: 'required' | 'extra' = 'required',
  ): Table<T> {
    const onStatus = () => this.#statusChanged()
    const watch = new ListWatch(resource, this.#around, { onChanges, onStatus })
    this.#watches.push({ watch, need })
    return watch.table
  }

  #servicesChanged(changes: readonly Change<{ readonly meta: { readonly name: string } }>[]): void {
    for (const { key } of changes) this.#changes.service(key)
    this.#touch()
  }

  #slicesChanged(changes: readonly Parameters<KnownObjects['applySlice']>[0][]): void {
    const { ownService } = this.#deps
    for (const change of changes) {
      const { services, isForbidden } = this.#known.applySlice(change)
      for (const service of services) this.#changes.slices(service)
      if (ownService !== undefined && services.has(keyOf(ownService.namespace, ownService.name)))
        this.#deps.onStatus()
      if (isForbidden) this.#changes.shape()
    }
    this.#touch()
  }

  #secret(...[namespace, name]: [namespace: string, name: string]): ReturnType<SecretSource['lookup']> {
    this.#changes.askedSecrets.add(`${namespace}/${name}`)
    return this.#secrets.lookup(namespace, name)
  }

  #shapeChanged(): void {
    this.#changes.shape()
    this.#touch()
  }

  #statusChanged(): void {
    if (this.#isEnded) return
    this.#deps.onStatus()
    this.#touch()
  }

  /** Tells of changes, once everything is known. */
  #touch(): void {
    if (this.#isEnded) return
    if (!this.#isComplete) {
      if (this.#isFirstComplete()) this.#complete()
      return
    }
    const isHeld = this.#isHeld()
    if (isHeld) this.#hold ??= this.#deps.clock.setTimeout(() => this.#holdEnded(), holdFor)
    else this.#endHold()
    if (this.#changes.hasServices || (this.#changes.hasShape && !isHeld)) this.#deps.onChange()
  }

  #isFirstComplete(): boolean {
    const isRead = this.#watches.every(({ watch, need }) => need === 'extra' || watch.isSettled)
    // Only now it is known whose Secrets are needed.
    if (isRead) this.#references.begin()
    return isRead && this.#secrets.isSettled && this.#zone?.isSettled !== false
  }

  #complete(): void {
    this.#isComplete = true
    this.#changes.shape()
    this.#deps.onStatus()
    this.#deps.onChange()
  }

  #isHeld(): boolean {
    return this.#isComplete && this.#changes.hasShape && !this.#isHoldOver && !this.#secrets.isSettled
  }

  #holdEnded(): void {
    this.#isHoldOver = true
    this.#touch()
  }

  #endHold(): void {
    this.#deps.clock.clearTimeout(this.#hold)
    this.#hold = undefined
    if (this.#secrets.isSettled) this.#isHoldOver = false
  }
}
