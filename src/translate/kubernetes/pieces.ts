import type { Draft, RouteDraft } from '../../model/build.ts'
import type { Cluster, EndpointSpec } from '../../model/cluster.ts'
import type { Material } from '../../model/material.ts'
import type { Problem } from '../../model/problem.ts'
import type { Certificate } from '../../model/tls.ts'

/** What Kubernetes objects become: parts of a model, beside those of the files. */
export interface KubernetesPieces {
  /** Ids of the listeners that Ingresses are served on. */
  readonly listeners: readonly string[]
  /** In the order that decides between equals. */
  readonly routes: readonly RouteDraft[]
  readonly clusters: readonly Draft<Cluster>[]
  /** Server names with certificates, for every one of the listeners with TLS. The same list as before when nothing changed. */
  readonly tlsHosts: readonly TlsHostPiece[]
  /** For server names nothing else has a certificate for. */
  readonly defaultCertificates: readonly Certificate[]
  /** Those that the pieces name. */
  readonly materials: readonly Material[]
  readonly problems: readonly ObjectProblem[]
  /** Ingresses that are ours and have at least one route or redirect, for their status. */
  readonly accepted: readonly ObjectRef[]
}

/** Names with their certificates; the policy is the listener's. */
export interface TlsHostPiece {
  readonly names: readonly string[]
  /** None for a host that must not be served with those of a wildcard around it, which is another namespace's. */
  readonly certificates: readonly Certificate[]
}

/** Names an object whatever its kind. */
export interface ObjectRef {
  readonly kind: 'Ingress' | 'IngressClass' | 'Service' | 'Secret' | 'EndpointSlice' | 'ConfigMap'
  readonly apiVersion: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** A problem with an object, which becomes an event on it. */
export interface ObjectProblem extends Problem {
  readonly object: ObjectRef
  /** CamelCase, stable: `ServiceNotFound`. */
  readonly reason: string
}

/** Endpoints alone, by cluster id: the fast lane. */
export interface MembershipPieces {
  readonly endpoints: ReadonlyMap<string, readonly EndpointSpec[]>
  /** Slices may say more of a cluster than its endpoints, such as its protocol: everything is to be translated then. */
  readonly hasNewShape: boolean
  /** All that there are then, not only those of the Services named; the same list as before when none is new. */
  readonly problems: readonly ObjectProblem[]
}
