import type { ObjectName } from '../../model/kubernetes-settings.ts'
import type {
  ConfigMapObject,
  EndpointSliceObject,
  ForbiddenAddresses,
  IngressClassObject,
  IngressObject,
  IngressStatus,
  KubernetesObjects,
  ReferenceGrantObject,
  SecretLookup,
  ServiceObject,
} from '../../translate/kubernetes/objects.ts'
import type { ChangeLog } from './change-log.ts'
import { forbiddenAddresses, ofServer } from './forbidden-addresses.ts'
import type { NamespaceObject, NodeObject } from './read/others.ts'
import { SliceIndex } from './slice-index.ts'
import { type Change, keyOf } from './table.ts'
import { TableSet } from './table-set.ts'

export interface KnownObjectsDeps {
  readonly changes: Pick<ChangeLog, 'askedServices'>
  /** `all`, or those that the table of namespaces holds. */
  readonly scope: 'all' | 'listed'
  readonly secret: (namespace: string, name: string) => SecretLookup
  /** Addresses that are forbidden whatever the API says. */
  readonly fixed: readonly (readonly [address: string, reason: string])[]
  /** Of the node we run on; `""` when it is not to be told or not known. */
  readonly ownNode: string
}

/** What the tables hold, as translation asks for it. */
export class KnownObjects implements KubernetesObjects {
  readonly tables = {
    ingresses: new TableSet<IngressObject>(),
    classes: new TableSet<IngressClassObject>(),
    services: new TableSet<ServiceObject>(),
    configMaps: new TableSet<ConfigMapObject>(),
    grants: new TableSet<ReferenceGrantObject>(),
    namespaces: new TableSet<NamespaceObject>(),
    nodes: new TableSet<NodeObject>(),
  }
  readonly #deps: KnownObjectsDeps
  readonly #slices = new SliceIndex()
  #grants: readonly ReferenceGrantObject[] | undefined
  #forbidden: ForbiddenAddresses | undefined
  /** Asked for by itself, where nodes are not watched. */
  #zone: string | undefined

  constructor(deps: KnownObjectsDeps) {
    this.#deps = deps
  }

  *ingresses(): Iterable<IngressObject> {
    for (const object of this.tables.ingresses.objects())
      if (this.isInScope(object.meta.namespace)) yield object
  }

  /** Whether Ingresses of a namespace are to be seen. */
  isInScope(namespace: string): boolean {
    return this.#deps.scope === 'all' || this.tables.namespaces.get('', namespace) !== undefined
  }

  ingressStatus(namespace: string, name: string): IngressStatus | undefined {
    const row = this.tables.ingresses.get(namespace, name)
    if (row === undefined) return undefined
    return { uid: row.object.meta.uid, resourceVersion: row.version, addresses: row.status }
  }

  classes(): Iterable<IngressClassObject> {
    return this.tables.classes.objects()
  }

  service(namespace: string, name: string): ServiceObject | undefined {
    this.#deps.changes.askedServices.add(keyOf(namespace, name))
    return this.tables.services.get(namespace, name)?.object
  }

  slices(namespace: string, service: string): readonly EndpointSliceObject[] {
    this.#deps.changes.askedServices.add(keyOf(namespace, service))
    return this.#slices.get(namespace, service)
  }

  /** Slices of a Service that translation does not ask for: looking them up makes it none that matters. */
  peekSlices({ namespace, name }: ObjectName): readonly EndpointSliceObject[] {
    return this.#slices.get(namespace, name)
  }

  secret(namespace: string, name: string): SecretLookup {
    return this.#deps.secret(namespace, name)
  }

  configMap(namespace: string, name: string): ConfigMapObject | undefined {
    return this.tables.configMaps.get(namespace, name)?.object
  }

  grants(): readonly ReferenceGrantObject[] {
    this.#grants ??= Object.freeze([...this.tables.grants.objects()])
    return this.#grants
  }

  get zone(): string | undefined {
    const { ownNode } = this.#deps
    if (ownNode === '') return undefined
    const zone = this.tables.nodes.get('', ownNode)?.object.zone ?? this.#zone
    return zone === '' ? undefined : zone
  }

  get forbidden(): ForbiddenAddresses {
    this.#forbidden ??= forbiddenAddresses(this.#forbiddenEntries())
    return this.#forbidden
  }

  /** ExternalIP of all nodes, else InternalIP, in the order of names. */
  nodeAddresses(): readonly string[] {
    const nodes = [...this.tables.nodes.objects()].sort((a, b) => (a.meta.name < b.meta.name ? -1 : 1))
    const ofType = (type: string) =>
      nodes.flatMap(({ addresses }) => addresses.filter((one) => one.type === type).map((one) => one.address))
    const external = ofType('ExternalIP')
    return external.length > 0 ? external : ofType('InternalIP')
  }

  setZone(zone: string): void {
    this.#zone = zone
  }

  /** Takes a change of a slice; gives the Services that it touched, and whether it changed what is forbidden. */
  applySlice(change: Change<EndpointSliceObject>): { services: ReadonlySet<string>; isForbidden: boolean } {
    const services = this.#slices.apply(change)
    const isForbidden = services.has(apiServerService)
    if (isForbidden) this.#forbidden = undefined
    return { services, isForbidden }
  }

  grantsChanged(): void {
    this.#grants = undefined
  }

  nodesChanged(): void {
    this.#forbidden = undefined
  }

  *#forbiddenEntries(): Iterable<readonly [string, string]> {
    yield* this.#deps.fixed
    for (const slice of this.#slices.get('default', 'kubernetes'))
      for (const { addresses } of slice.endpoints) for (const address of addresses) yield [address, ofServer]
    for (const { meta, addresses } of this.tables.nodes.objects())
      for (const { address } of addresses) yield [address, `it is an address of the node "${meta.name}"`]
  }
}

/** The Service behind which every cluster has its API servers. */
const apiServerService = 'default/kubernetes'
