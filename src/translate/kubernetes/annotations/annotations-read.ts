import type { Cluster } from '../../../model/cluster.ts'
import type { FilterSpec } from '../../../model/filter-spec.ts'
import type { ForwardAuth } from '../../../model/filters/forward-auth.ts'
import type { IngressCompat, ObjectName } from '../../../model/kubernetes-settings.ts'
import type { Match } from '../../../model/match.ts'
import type { Route } from '../../../model/route.ts'
import type { TlsVersion } from '../../../model/tls.ts'

/** What annotations are read with. */
export interface AnnotationsInput {
  readonly annotations: ReadonlyMap<string, string>
  /** The defaults of the class: names as annotations have them, `tidegate.dev/` left out or not. An annotation of the object wins. */
  readonly defaults: ReadonlyMap<string, string>
  readonly compat: IngressCompat
  /** Without it, what the compatibility says. */
  readonly limitStatuses?: LimitStatuses
  /** Risky annotations that the operator allows, without prefix. */
  readonly optIn: ReadonlySet<string>
  /** Ids of listeners that carry HTTP. */
  readonly listeners: ReadonlySet<string>
  /** Of the Ingress: Secrets that annotations of ingress-nginx name with their namespace must be in it. Without it, all those are refused. */
  readonly namespace?: string
}

/** What requests are answered that are over a limit by annotations of ingress-nginx; `undefined` leaves it to the compatibility. */
export interface LimitStatuses {
  /** Of `limit-rps` and `limit-rpm`. */
  readonly requests: number | undefined
  /** Of `limit-connections`. */
  readonly connections: number | undefined
}

/** What the annotations of an Ingress say, as typed and checked data: nothing of it is ever parsed as text again. */
export interface AnnotationsRead {
  readonly route: RouteExtras
  readonly cluster: ClusterExtras
  /** `undefined` leaves it to TLS and settings. `force` redirects without TLS in the Ingress too. */
  readonly tlsRedirect: 'on' | 'off' | 'force' | undefined
  /** For entries of `spec.tls` that name no Secret; of another namespace, which has to share it. */
  readonly tlsSecret: ObjectName | undefined
  /** Full names of the annotations that name Secrets for TLS towards endpoints; `undefined` when the object has none. */
  readonly secretsFrom: Readonly<Record<UpstreamSecret, string | undefined>>
  readonly nginx: NginxExtras
  /**
   * Set when an annotation that protects cannot be obeyed (authentication, client certificates, address lists …): its routes then answer
   * 503 rather than let everybody in.
   */
  readonly blocked: string | undefined
  readonly problems: readonly AnnotationProblem[]
}

/** Everything of a route that an Ingress does not say itself. Objects are shared between Ingresses that say the same. */
export interface RouteExtras {
  readonly match: Omit<Match, 'path'>
  readonly filters: readonly FilterSpec[]
  readonly timeouts: Route['timeouts']
  readonly retry: Route['retry']
  readonly body: Route['body']
  readonly upgrade: Route['upgrade']
  readonly accessLog: Route['accessLog']
}

/** Everything of a cluster that a Service does not say itself. */
export interface ClusterExtras {
  /** `""` when nothing differs from the defaults; else the same text for the same settings, short, for the cluster's id. */
  readonly variant: string
  /** `protocol` here is the default; `protocol` beside it tells whether somebody asked for one. */
  readonly shape: Omit<Cluster, 'id' | 'origin' | 'hash' | 'endpoints' | 'dns' | 'tls' | 'protocol'>
  /** `undefined` leaves it to `appProtocol`. */
  readonly protocol: Cluster['protocol'] | undefined
  /** `undefined` leaves it to `appProtocol`; `off` is plain whatever that says. */
  readonly tls: UpstreamTlsAsked | 'off' | undefined
  /** What TLS is like when `tls` is `undefined` and `appProtocol` asks for it. */
  readonly tlsWhenAsked: UpstreamTlsAsked
  /** `on` sends requests to the Service's own address and not to its endpoints. */
  readonly serviceUpstream: 'on' | 'off'
}

/** TLS towards endpoints with Secrets in the place of files: names in the namespace of the Ingress. */
export interface UpstreamTlsAsked {
  readonly verify: 'on' | 'off'
  /** `""` takes `SERVICE.NAMESPACE.svc`. */
  readonly serverName: string
  readonly names: readonly string[]
  /** A Secret with `ca.crt` (and `ca.crl`). */
  readonly caSecret: string | undefined
  /** A Secret with `tls.crt` and `tls.key`. */
  readonly certificateSecret: string | undefined
  readonly minVersion: TlsVersion
  readonly maxVersion: TlsVersion
  readonly ciphers: readonly string[]
  readonly curves: readonly string[]
}

/** A Secret that {@link UpstreamTlsAsked} names. */
export type UpstreamSecret = 'caSecret' | 'certificateSecret'

/** Annotations of ingress-nginx that change what the rules of an Ingress mean, rather than what a route does. */
export interface NginxExtras {
  /** `use-regex` or `rewrite-target` is given: paths are regular expressions that match at the start, whatever the case. */
  readonly regex: 'on' | 'off'
  /** `rewrite-target`, checked, `$1` … kept; `undefined` when it is not given. */
  readonly rewriteTarget: string | undefined
  /** Requests for `/` alone go there. */
  readonly appRoot: string | undefined
  readonly canary: Canary | undefined
  /** Clients that may come, as CIDR blocks; everybody else gets 403. `undefined` when it is not given. */
  readonly allowClients: readonly string[] | undefined
  /** Clients that may not come. */
  readonly denyClients: readonly string[]
  /** Further hosts that are served as the first rules are. */
  readonly aliases: readonly string[]
  /** Users and passwords that are asked for. */
  readonly basicAuth: BasicAuthAsked | undefined
  /** Who is asked whether requests may pass. */
  readonly auth: AuthAsked | undefined
  /** The annotation that was to protect all of its hosts, whoever wrote their paths, and is not obeyed. */
  readonly closesHosts: 'auth-tls-secret' | 'server-snippet' | undefined
}

/** A question to another server, by the name that the Ingress gives it. */
export interface AuthAsked {
  /** `oauth2-proxy.auth.svc.cluster.local`, or a name outside of Kubernetes. */
  readonly name: string
  readonly port: number
  readonly tls: 'on' | 'off'
  readonly question: Omit<ForwardAuth, 'cluster'>
}

/** A Secret with users: under its key `auth` as `htpasswd` writes them (`file`), or each under a key of its own (`map`). */
export interface BasicAuthAsked {
  /** `""` is that of the Ingress. */
  readonly namespace: string
  readonly name: string
  readonly form: 'file' | 'map'
  /** latin1 text of UTF-8 bytes. */
  readonly realm: string
}

/** An Ingress that takes a part of the requests of another one with the same host and path. */
export interface Canary {
  readonly weight: number
  /** Of which the weight is a part. */
  readonly total: number
  /** `value` `undefined`: `always` and `never` decide, anything else falls to the weight. */
  readonly header:
    | { readonly name: string; readonly value: string | undefined; readonly pattern: string | undefined }
    | undefined
  /** `always` and `never` decide. */
  readonly cookie: string | undefined
}

/** What is wrong with an annotation. */
export interface AnnotationProblem {
  /** Its full name. */
  readonly annotation: string
  /** `class`: it stands among the defaults of the class, where the operator can mend it, and not on the Ingress. */
  readonly from: 'object' | 'class'
  readonly severity: 'error' | 'warning'
  readonly reason: AnnotationReason
  readonly message: string
  readonly remedy: string
}

/** `reason` of the event, as `kubectl describe` shows it. */
export type AnnotationReason =
  | 'AnnotationInvalid'
  | 'AnnotationUnknown'
  | 'AnnotationUnsupported'
  | 'AnnotationRefused'
  | 'AnnotationDiffers'
