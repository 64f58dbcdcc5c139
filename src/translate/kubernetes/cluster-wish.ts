import type { ClusterExtras, UpstreamSecret } from './annotations/annotations-read.ts'
import type { ObjectFlaw } from './object-problem.ts'
import type { ServicePortRef } from './objects.ts'

/** A cluster that routes lead to: a port of a Service, with what annotations say about reaching it. */
export interface ClusterWish {
  readonly id: string
  readonly namespace: string
  readonly service: string
  readonly port: ServicePortRef
  readonly extras: ClusterExtras
  /** It is not of the namespace that asks: the name by which the operator has to allow it. A host is no Service at all. */
  readonly foreign?: { readonly kind: 'service' | 'host'; readonly name: string }
}

/** What is wrong with a cluster; with a Secret that annotations name, or else with the backend. */
export interface ClusterFlaw extends ObjectFlaw {
  readonly secret?: UpstreamSecret
}

/** The wish of a backend. Its id says everything that its cluster depends on, so that equal wishes are one cluster. */
export function clusterWish(
  namespace: string,
  backend: { readonly name: string; readonly port: ServicePortRef },
  extras: ClusterExtras,
): ClusterWish {
  const { name, port } = backend
  const id = `${namespace}/${name}:${port}${extras.variant === '' ? '' : `@${extras.variant}`}`
  return { id, namespace, service: name, port, extras }
}
