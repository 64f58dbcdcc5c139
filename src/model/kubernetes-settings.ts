import type { Ms } from '../std/units.ts'

/** The Kubernetes source: what it reads, and what it takes of that. Takes effect at start. */
export interface KubernetesSettings {
  /** A kubeconfig's path; `undefined` takes the service account of the pod, else `$KUBECONFIG`, else `~/.kube/config`. */
  readonly kubeconfig: string | undefined
  /** Of the kubeconfig; `undefined` takes the current one. */
  readonly context: string | undefined
  /** `spec.controller` of the IngressClasses that are ours. */
  readonly controller: string
  /** The value of the annotation `kubernetes.io/ingress.class` that is ours even without an IngressClass of that name. */
  readonly className: string
  /** Whether Ingresses that name no class, when there is no default class either, are ours. */
  readonly watchWithoutClass: 'on' | 'off'
  /** What annotations of ingress-nginx mean; a class may say otherwise by its parameters. */
  readonly compat: IngressCompat
  /** What pathType ImplementationSpecific means; a class may say otherwise by its parameters. */
  readonly implementationSpecific: ImplementationSpecific
  /** Listeners that Ingresses are served on; empty means all that carry HTTP. */
  readonly listeners: readonly string[]
  readonly namespaces: NamespaceScope
  readonly secrets: SecretScope
  /** `namespace/name` of the Secret for server names that nothing else has a certificate for. */
  readonly defaultCertificate: ObjectName | undefined
  /** Where requests go that no Ingress takes. */
  readonly defaultBackend: (ObjectName & { readonly port: number | string }) | undefined
  /** Whether plain requests of hosts with TLS are redirected when their Ingress says nothing. */
  readonly tlsRedirect: 'on' | 'off'
  readonly status: StatusSource
  /** Where the Lease of the leader is; `namespace` `undefined` takes that of the pod, else `default`. */
  readonly leaderElection: { readonly lease: string; readonly namespace: string | undefined }
  readonly events: 'on' | 'off'
  /** Who owns a host that several namespaces name. */
  readonly hostOwnership: 'namespace' | 'object'
  /** For so long after its last Ingress is gone a host stays its namespace's. */
  readonly hostCooling: Ms
  /** A namespace that is named in one of these may use hosts of its entries only. */
  readonly allowedHosts: readonly {
    readonly namespaces: readonly string[]
    readonly hosts: readonly string[]
  }[]
  /** Namespaces whose Ingresses may take requests of any host; `undefined` means all. */
  readonly catchAll: readonly string[] | undefined
  /** Host patterns (`api.test`, `*.a.test`, `**.a.test`) that Services of type ExternalName may lead to; empty refuses them all. */
  readonly externalNames: readonly string[]
  /** CIDR blocks in which endpoints may be although they are addresses of nodes, of the API server or of ourselves. */
  readonly allowedEndpoints: readonly string[]
  readonly zoneHints: 'on' | 'off'
  /** ConfigMaps that parameters of our IngressClasses may name. */
  readonly classParameters: readonly ObjectName[]
  /** Whether ReferenceGrants are read. */
  readonly referenceGrants: 'on' | 'off'
  /** Annotations that are refused unless they stand here, without their prefix. */
  readonly optInAnnotations: readonly string[]
}

export type IngressCompat = 'ingress-nginx' | 'off'

/** `prefix`: by segment, with `.*` and `/*` at the end understood; `istio`: exact unless it ends so; `linkerd`: a regular expression. */
export type ImplementationSpecific = 'prefix' | 'istio' | 'linkerd'

export interface ObjectName {
  readonly namespace: string
  readonly name: string
}

/** Namespaces that are watched. */
export type NamespaceScope =
  | { readonly kind: 'all' }
  | { readonly kind: 'list'; readonly names: readonly string[] }
  /** A label selector as `kubectl -l` has it. */
  | { readonly kind: 'selector'; readonly selector: string }

/** How Secrets are read. */
export type SecretScope =
  /** One watch for each namespace in which we have the right; `namespaces` are those the installer gave it in. */
  | { readonly mode: 'namespaces'; readonly namespaces: readonly string[] }
  /** These alone, one watch each. */
  | { readonly mode: 'names'; readonly names: readonly ObjectName[] }
  | { readonly mode: 'cluster' }

/** Where the addresses come from that are written into the status of Ingresses. */
export type StatusSource =
  | { readonly from: 'off' }
  | { readonly from: 'service'; readonly service: ObjectName }
  | { readonly from: 'addresses'; readonly addresses: readonly string[] }
  /** External addresses of all nodes, else internal ones. */
  | { readonly from: 'nodes' }
