import type { KubernetesSettings } from '../../model/kubernetes-settings.ts'
import { quoted } from '../../std/quoted.ts'
import type { KubernetesObjects, SecretLookup } from '../../translate/kubernetes/objects.ts'
import { ApiError, type KubernetesApi } from './api.ts'
import { ChangeLog } from './change-log.ts'
import { fixedAddresses } from './forbidden-addresses.ts'
import { tooManyForeign } from './foreign-secrets.ts'
import { KnownObjects } from './known-objects.ts'
import { listPages } from './list-pages.ts'
import { readIdentity } from './read/meta.ts'
import { ReferenceKeeper } from './reference-keeper.ts'
import type { Resource } from './resource.ts'
import * as resources from './resources.ts'
import { type Change, keyOf, type Row, splitKey, Table } from './table.ts'
import { Turns } from './turns.ts'
import { type WatchPlan, watchPlan } from './watch-plan.ts'

/** What came of reading a cluster once. */
export interface ReadOnce {
  readonly objects: KubernetesObjects
  /** Sentences about what could not be read: a right that is missing, an object that is not of its form. */
  readonly problems: readonly string[]
}

/**
 * Reads a cluster once, for the command line: what the source would follow, Secrets as far as the person who runs it may read them.
 *
 * @throws {ApiError} when the API server cannot be reached or does not accept the credentials: then there is nothing to tell about.
 */
export async function readKubernetesOnce(
  settings: KubernetesSettings,
  api: KubernetesApi,
): Promise<ReadOnce> {
  const reader = new OnceReader(settings, api)
  await reader.read()
  return { objects: reader.known, problems: reader.problems }
}

/** A clock that never makes the reader yield: nothing else runs in a command. */
const still = { now: () => 0, wall: () => 0, setTimeout: () => undefined, clearTimeout: () => {} }

class OnceReader {
  readonly known: KnownObjects
  readonly problems: string[] = []
  readonly #settings: KubernetesSettings
  readonly #api: KubernetesApi
  readonly #plan: WatchPlan
  readonly #turns = new Turns(8)
  readonly #signal = new AbortController().signal
  /** Secrets by namespace, or by `namespace/name`, as far as they were read. */
  readonly #secrets = new Map<string, Table<resources.SecretRow>>()
  readonly #denied = new Map<string, string>()
  /** Secrets that are needed, and those that are too much, as `namespace/name`. */
  readonly #wanted = new Set<string>()
  readonly #refused = new Set<string>()

  constructor(settings: KubernetesSettings, api: KubernetesApi) {
    this.#settings = settings
    this.#api = api
    this.#plan = watchPlan(settings)
    this.known = new KnownObjects({
      changes: new ChangeLog(),
      scope: this.#plan.selector === undefined ? 'all' : 'listed',
      secret: (namespace, name) => this.#lookup(namespace, name),
      fixed: [...fixedAddresses({}, api.server)],
      ownNode: '',
    })
  }

  async read(): Promise<void> {
    const { tables } = this.known
    const { ingresses, services, slices, grants, selector, nodes } = this.#plan
    await Promise.all([
      this.#into(tables.classes, undefined, resources.ingressClasses()),
      ...ingresses.map((namespace) =>
        this.#into(tables.ingresses, namespace, resources.ingresses({ namespace })),
      ),
      ...services.map((part) => this.#into(tables.services, part.namespace, resources.services(part))),
      ...slices.map((part) => this.#slices(resources.endpointSlices(part))),
      ...grants.map((namespace) =>
        this.#into(tables.grants, namespace, resources.referenceGrants({ namespace })),
      ),
      ...this.#settings.classParameters.map((part) =>
        this.#into(tables.configMaps, part.namespace, resources.configMaps(part)),
      ),
      ...(selector === undefined
        ? []
        : [this.#into(tables.namespaces, undefined, resources.namespaces(selector))]),
      ...(nodes === 'all' ? [this.#into(tables.nodes, undefined, resources.nodes())] : []),
    ])
    await this.#readSecrets()
  }

  async #into<T>(
    set: { add(namespace: string | undefined, table: Table<T>): void },
    namespace: string | undefined,
    resource: Resource<T>,
  ): Promise<void> {
    set.add(namespace, await this.#table(resource))
  }

  async #slices(
    resource: Resource<Parameters<KnownObjects['applySlice']>[0]['after'] & object>,
  ): Promise<void> {
    for (const row of (await this.#table(resource)).rows()) {
      const change: Change<typeof row.object> = { key: '', before: undefined, after: row.object }
      this.known.applySlice(change)
    }
  }

  /** What may not be read, or does not exist, is an empty table and a sentence. */
  async #table<T>(resource: Resource<T>): Promise<Table<T>> {
    const table = new Table<T>()
    const rows = new Map<string, Row<T>>()
    try {
      const signal = this.#signal
      const onItem = (item: unknown): void => this.#take(resource, rows, item)
      const onRestart = (): void => rows.clear()
      const reading = { api: this.#api, clock: still, signal, onItem, onRestart }
      await this.#turns.run(() => listPages(resource.path, resource.query, reading), signal)
      table.replace(rows)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 0 || error.status === 401) throw error
      if (error.status !== 404 || resource.presence === 'always')
        this.problems.push(`${resource.name} could not be read: ${error.message}`)
      if (error.status === 403) this.#denied.set(resource.path, error.message)
    }
    return table
  }

  #take<T>(resource: Resource<T>, rows: Map<string, Row<T>>, item: unknown): void {
    const identity = readIdentity(item)
    const cut = resource.read(item)
    if (identity === undefined) return
    const key = keyOf(identity.namespace, identity.name)
    if (cut.kind === 'refused') {
      this.problems.push(`${resource.name}: ${quoted(key)} is left out: ${cut.why}`)
      return
    }
    const status = resource.readStatus?.(item) ?? []
    if (cut.object !== undefined)
      rows.set(key, { object: cut.object, version: identity.resourceVersion, status })
  }

  async #readSecrets(): Promise<void> {
    const scope = this.#settings.secrets
    const namespaces = this.#wantedNamespaces()
    const parts =
      scope.mode === 'names'
        ? scope.names.map(({ namespace, name }) => ({
            id: keyOf(namespace, name),
            part: { namespace, name },
          }))
        : namespaces.map((namespace) => ({ id: namespace, part: { namespace } }))
    await Promise.all(
      parts.map(async ({ id, part }) => {
        this.#secrets.set(id, await this.#table(resources.secrets(part, 'any', () => true)))
      }),
    )
  }

  /** As the source has it. */
  #wantedNamespaces(): readonly string[] {
    const wanted = this.#wanted
    const keeper = new ReferenceKeeper(this.#settings, this.known, {
      refer: (_, keys) => keys.forEach((key) => wanted.add(key)),
      refuse: (_, keys) => keys.forEach((key) => this.#refused.add(key)),
    })
    keeper.begin()
    const namespaces = new Set([...wanted].map((key) => splitKey(key)[0]))
    for (const { meta } of this.known.ingresses())
      if (keeper.mayNeedMore(meta.namespace)) namespaces.add(meta.namespace)
    return [...namespaces]
  }

  #lookup(namespace: string, name: string): SecretLookup {
    const key = keyOf(namespace, name)
    if (this.#refused.has(key) && !this.#wanted.has(key))
      return { kind: 'out of reach', remedy: tooManyForeign(this.#settings.secrets) }
    const id = this.#settings.secrets.mode === 'names' ? key : namespace
    const table = this.#secrets.get(id)
    const secret = table?.get(key)?.object.secret
    if (secret !== undefined) return { kind: 'found', secret }
    const isDenied = this.#denied.has(`/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`)
    if (table !== undefined && !isDenied) return { kind: 'absent' }
    return {
      kind: 'out of reach',
      remedy: isDenied
        ? `run this with the right to read Secrets in ${quoted(namespace)}`
        : `the settings do not make the gateway read Secrets of ${quoted(namespace)} for this`,
    }
  }
}
