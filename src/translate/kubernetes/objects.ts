import type { Secret } from '../../model/secret.ts'

/**
 * Kubernetes objects cut down to what translation reads, and checked: a source makes them of what the API server sent, and leaves
 * out what is not of the form that the API promises. Frozen; an object that did not change stays the same object.
 */

/** What every object says of itself. */
export interface ObjectMeta {
  readonly uid: string
  /** `""` for objects of the cluster. */
  readonly namespace: string
  readonly name: string
  /** Of the last change to what we read; the API may have a newer one since (see `ingressStatus`). */
  readonly resourceVersion: string
  /** `creationTimestamp`, milliseconds since 1970. */
  readonly created: number
  /** Those that we read, by full name (see `annotations/prefixes.ts`), in the order given. */
  readonly annotations: ReadonlyMap<string, string>
}

/** networking.k8s.io/v1 Ingress; its status is apart, so that a new status leaves the object the same. */
export interface IngressObject {
  readonly meta: ObjectMeta
  /** `spec.ingressClassName`; `undefined` when it is not given. */
  readonly className: string | undefined
  readonly defaultBackend: IngressBackend | undefined
  readonly rules: readonly IngressRule[]
  readonly tls: readonly IngressTls[]
}

/** What is written back to an Ingress, and against which version of it. */
export interface IngressStatus {
  readonly uid: string
  /** The newest one known, whatever it changed: what a write is conditional on. */
  readonly resourceVersion: string
  /** `status.loadBalancer.ingress`, as it stands in the API. */
  readonly addresses: readonly StatusAddress[]
}

export interface IngressRule {
  /** `""` when the rule has none. */
  readonly host: string
  /** Empty when the rule has no `http`: all of the host goes to the default backend. */
  readonly paths: readonly IngressPath[]
}

export interface IngressPath {
  /** `""` when it is not given. */
  readonly path: string
  readonly pathType: 'Exact' | 'Prefix' | 'ImplementationSpecific'
  readonly backend: IngressBackend
}

export type IngressBackend =
  | { readonly kind: 'service'; readonly name: string; readonly port: ServicePortRef }
  | { readonly kind: 'resource'; readonly apiGroup: string; readonly resource: string; readonly name: string }

/** The number or the name of a port of a Service. */
export type ServicePortRef = number | string

export interface IngressTls {
  readonly hosts: readonly string[]
  /** `""` when it is not given. */
  readonly secretName: string
}

/** An entry of `status.loadBalancer.ingress`. Ports that others wrote stay with it. */
export interface StatusAddress {
  readonly ip?: string
  readonly hostname?: string
  readonly ipMode?: string
  readonly ports?: unknown
}

/** networking.k8s.io/v1 IngressClass. */
export interface IngressClassObject {
  readonly meta: ObjectMeta
  readonly controller: string
  /** `ingressclass.kubernetes.io/is-default-class: "true"`. */
  readonly isDefault: boolean
  /** `undefined` without parameters; other kinds than a namespaced ConfigMap are told as they are. */
  readonly parameters: ClassParameters | undefined
}

export interface ClassParameters {
  readonly apiGroup: string
  readonly kind: string
  readonly name: string
  /** `""` for parameters of the cluster. */
  readonly namespace: string
}

/** v1 Service. */
export interface ServiceObject {
  readonly meta: ObjectMeta
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName'
  /** `spec.externalName`; `""` unless the type says so. */
  readonly externalName: string
  /** `spec.clusterIPs` without `None`. */
  readonly clusterIps: readonly string[]
  /** The first of `spec.ipFamilies`; `undefined` for old or selector-less Services that have none. */
  readonly ipFamily: 'IPv4' | 'IPv6' | undefined
  readonly ports: readonly ServicePort[]
  /** `status.loadBalancer.ingress`. */
  readonly addresses: readonly StatusAddress[]
  /** `spec.externalIPs`. */
  readonly externalIps: readonly string[]
}

export interface ServicePort {
  /** `""` when it has none: the only port of its Service. */
  readonly name: string
  readonly port: number
  readonly protocol: 'TCP' | 'UDP' | 'SCTP'
  /** `""` when it is not given. */
  readonly appProtocol: string
}

/** discovery.k8s.io/v1 EndpointSlice. */
export interface EndpointSliceObject {
  readonly meta: ObjectMeta
  /** The label `kubernetes.io/service-name`. */
  readonly service: string
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN'
  readonly ports: readonly SlicePort[]
  readonly endpoints: readonly SliceEndpoint[]
}

export interface SlicePort {
  readonly name: string
  /** `undefined` means all ports, which no HTTP backend can use. */
  readonly port: number | undefined
  readonly protocol: 'TCP' | 'UDP' | 'SCTP'
  readonly appProtocol: string
}

export interface SliceEndpoint {
  readonly addresses: readonly string[]
  /** `conditions.ready`; not given means ready. */
  readonly isReady: boolean
  /** `conditions.serving`; not given means as ready. */
  readonly isServing: boolean
  readonly isTerminating: boolean
  /** `hints.forZones`; empty when there are none. */
  readonly zones: readonly string[]
}

/** v1 Secret: what TLS and authentication can use of it. Everything else is dropped when it comes in. */
export interface SecretObject {
  readonly meta: ObjectMeta
  readonly type: string
  /** `tls.crt`, PEM. */
  readonly certificate: string | undefined
  /** `tls.key`. */
  readonly key: Secret | undefined
  /** `ca.crt` and `ca.crl`, PEM. */
  readonly ca: string | undefined
  readonly crl: string | undefined
  /** `auth`: users as `htpasswd` writes them. */
  readonly users: Secret | undefined
  /** All of its keys as lines `KEY:HASH`, when a value looks like a hash of a password; `KEY:` for those that do not. */
  readonly userMap: Secret | undefined
}

/** v1 ConfigMap. */
export interface ConfigMapObject {
  readonly meta: ObjectMeta
  readonly data: ReadonlyMap<string, string>
}

/** gateway.networking.k8s.io ReferenceGrant: who may refer to what is in its namespace. */
export interface ReferenceGrantObject {
  readonly meta: ObjectMeta
  readonly from: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[]
  /** `name` `""` means all of the kind. */
  readonly to: readonly { readonly group: string; readonly kind: string; readonly name: string }[]
}

/** What came of looking for a Secret. */
export type SecretLookup =
  | { readonly kind: 'found'; readonly secret: SecretObject }
  | { readonly kind: 'absent' }
  /** We have no right to read it; `remedy` is the command that gives it: `run "kubectl create rolebinding …"`. */
  | { readonly kind: 'out of reach'; readonly remedy: string }

/**
 * Everything a Kubernetes source knows now. Look-ups give the same object (or array) as long as nothing changed, so that whoever
 * remembers what it looked up can tell by identity whether a result still holds.
 */
export interface KubernetesObjects {
  ingresses(): Iterable<IngressObject>
  /** `undefined` for an Ingress that is not there. */
  ingressStatus(namespace: string, name: string): IngressStatus | undefined
  classes(): Iterable<IngressClassObject>
  service(namespace: string, name: string): ServiceObject | undefined
  /** The slices of a Service, by name. */
  slices(namespace: string, service: string): readonly EndpointSliceObject[]
  /** Asking for one makes the source watch the Secrets of its namespace, as far as it has the right. */
  secret(namespace: string, name: string): SecretLookup
  configMap(namespace: string, name: string): ConfigMapObject | undefined
  grants(): readonly ReferenceGrantObject[]
  /** `topology.kubernetes.io/zone` of the node we run on; `undefined` when it is not known or hints are not asked for. */
  readonly zone: string | undefined
  /** Addresses no endpoint may have: nodes as far as they are known, API server. */
  readonly forbidden: ForbiddenAddresses
}

export interface ForbiddenAddresses {
  /** Why an address may not be an endpoint; `undefined` when it may: `it is the address of a node`. */
  reason(address: string): string | undefined
}

/** What changed in the objects since they were looked at last. */
export interface ObjectChanges {
  /** Something that routes, TLS or problems depend on. */
  readonly shape: boolean
  /** Services of which slices alone changed, as `namespace/name`. */
  readonly services: ReadonlySet<string>
}
