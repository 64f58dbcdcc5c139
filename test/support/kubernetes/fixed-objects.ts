import { parseAllDocuments } from 'yaml'
import { readEndpointSlice } from '../../../src/sources/kubernetes/read/endpoint-slice.ts'
import { readIngress } from '../../../src/sources/kubernetes/read/ingress.ts'
import { readIngressClass } from '../../../src/sources/kubernetes/read/ingress-class.ts'
import type { Reading } from '../../../src/sources/kubernetes/read/json.ts'
import { readConfigMap, readReferenceGrant } from '../../../src/sources/kubernetes/read/others.ts'
import { readSecret } from '../../../src/sources/kubernetes/read/secret.ts'
import { readService } from '../../../src/sources/kubernetes/read/service.ts'
import type {
  ConfigMapObject,
  EndpointSliceObject,
  ForbiddenAddresses,
  IngressClassObject,
  IngressObject,
  KubernetesObjects,
  ObjectMeta,
  ReferenceGrantObject,
  SecretLookup,
  SecretObject,
  ServiceObject,
} from '../../../src/translate/kubernetes/objects.ts'

const ourClass = `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: tidegate }
spec: { controller: tidegate.dev/ingress-controller }`

type Json = Record<string, unknown>

/**
 * Objects as a test wrote them, in YAML as `kubectl` takes it, read by what reads them from the API server. What is not written is
 * filled in: a class `tidegate` when there is none, and a creation time, in the order written. `stringData` of Secrets works.
 */
export class FixedObjects implements KubernetesObjects {
  zone: string | undefined
  forbidden: ForbiddenAddresses = { reason: () => undefined }
  /** Secrets that may not be read, as `namespace/name`. */
  readonly outOfReach = new Set<string>()
  readonly #byKind = new Map<string, Map<string, { readonly meta: ObjectMeta }>>()
  readonly #slices = new Map<string, readonly EndpointSliceObject[]>()
  readonly #secrets = new Map<string, SecretLookup>()
  #grants: readonly ReferenceGrantObject[] = []
  #minute = 0

  constructor(yaml: string) {
    if (!yaml.includes('kind: IngressClass')) this.put(ourClass)
    this.put(yaml)
  }

  /** Adds objects, or replaces them. */
  put(yaml: string): this {
    for (const document of parseAllDocuments(yaml)) {
      const json: unknown = document.toJS()
      if (typeof json === 'object' && json !== null) this.#putJson(json as Json)
    }
    return this
  }

  remove(kind: string, name: string): this {
    this.#byKind.get(kind)?.delete(name)
    if (kind === 'Secret') this.#secrets.delete(name)
    this.#grants = [...this.#all<ReferenceGrantObject>('ReferenceGrant')]
    this.#indexSlices()
    return this
  }

  ingresses(): Iterable<IngressObject> {
    return this.#all('Ingress')
  }

  ingressStatus(): undefined {
    return undefined
  }

  classes(): Iterable<IngressClassObject> {
    return this.#all('IngressClass')
  }

  service(namespace: string, name: string): ServiceObject | undefined {
    return this.#get('Service', namespace, name) as ServiceObject | undefined
  }

  slices(namespace: string, service: string): readonly EndpointSliceObject[] {
    return this.#slices.get(`${namespace}/${service}`) ?? noSlices
  }

  secret(namespace: string, name: string): SecretLookup {
    const key = `${namespace}/${name}`
    if (this.outOfReach.has(key))
      return { kind: 'out of reach', remedy: 'run "kubectl create rolebinding x"' }
    return this.#secrets.get(key) ?? { kind: 'absent' }
  }

  configMap(namespace: string, name: string): ConfigMapObject | undefined {
    return this.#get('ConfigMap', namespace, name) as ConfigMapObject | undefined
  }

  grants(): readonly ReferenceGrantObject[] {
    return this.#grants
  }

  #putJson(json: Json): void {
    const kind = String(json['kind'])
    const metadata = (json['metadata'] ?? {}) as Json
    const namespaced = kind === 'IngressClass' ? {} : { namespace: 'default' }
    const created = new Date(Date.UTC(2026, 0, 1, 0, this.#minute++)).toISOString()
    const full: Json = {
      ...json,
      ...(kind === 'Secret' ? { data: encoded(json) } : {}),
      metadata: {
        ...namespaced,
        uid: `uid-${String(metadata['name'])}`,
        creationTimestamp: created,
        ...metadata,
      },
    }
    const object = objectOf(kind, full)
    const key = kind === 'IngressClass' ? object.meta.name : `${object.meta.namespace}/${object.meta.name}`
    const known = this.#byKind.get(kind) ?? new Map<string, { readonly meta: ObjectMeta }>()
    this.#byKind.set(kind, known.set(key, object))
    if (kind === 'Secret') this.#secrets.set(key, { kind: 'found', secret: object as SecretObject })
    if (kind === 'ReferenceGrant') this.#grants = [...this.#all<ReferenceGrantObject>(kind)]
    if (kind === 'EndpointSlice') this.#indexSlices()
  }

  /** Lists of Services that did not change stay the same. */
  #indexSlices(): void {
    const byService = Map.groupBy(
      this.#all<EndpointSliceObject>('EndpointSlice'),
      ({ meta, service }) => `${meta.namespace}/${service}`,
    )
    for (const key of this.#slices.keys()) if (!byService.has(key)) this.#slices.delete(key)
    for (const [key, slices] of byService) {
      const before = this.#slices.get(key) ?? []
      if (before.length !== slices.length || before.some((slice, index) => slice !== slices[index]))
        this.#slices.set(key, slices)
    }
  }

  #all<T extends { readonly meta: ObjectMeta }>(kind: string): Iterable<T> {
    return (this.#byKind.get(kind)?.values() ?? []) as Iterable<T>
  }

  #get(kind: string, namespace: string, name: string): { readonly meta: ObjectMeta } | undefined {
    return this.#byKind.get(kind)?.get(`${namespace}/${name}`)
  }
}

const noSlices: readonly EndpointSliceObject[] = []

const readers: Readonly<
  Record<string, (json: unknown) => Reading<{ readonly meta: ObjectMeta } | undefined>>
> = {
  Ingress: readIngress,
  IngressClass: readIngressClass,
  Service: readService,
  EndpointSlice: readEndpointSlice,
  Secret: readSecret,
  ConfigMap: readConfigMap,
  ReferenceGrant: readReferenceGrant,
}

/** @throws {Error} for an object that the API server would not have. */
function objectOf(kind: string, json: Json): { readonly meta: ObjectMeta } {
  const reading = readers[kind]?.(json)
  if (reading?.kind !== 'read' || reading.object === undefined)
    throw new Error(`${kind} cannot be read: ${JSON.stringify(reading)}`)
  return reading.object
}

function encoded(json: Json): Json {
  const text = Object.entries((json['stringData'] ?? {}) as Record<string, string>)
  const data = Object.fromEntries(text.map(([name, value]) => [name, Buffer.from(value).toString('base64')]))
  return { ...data, ...((json['data'] ?? {}) as Json) }
}
