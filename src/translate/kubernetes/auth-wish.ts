import type { FilterSpec } from '../../model/filter-spec.ts'
import type { AuthAsked } from './annotations/annotations-read.ts'
import { clusterExtras } from './annotations/extras.ts'
import { unsaid } from './annotations/settings.ts'
import { type ClusterWish, clusterWish } from './cluster-wish.ts'

const serviceName = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?$/

/**
 * The cluster that is asked for an Ingress: the Service that the name stands for, reached as every Service is by default. Of another
 * namespace, or outside of Kubernetes, the operator has to allow its name: an Ingress must not send the gateway to anybody it likes.
 *
 * @param namespace of the Ingress.
 */
export function authWish({ name, port, tls }: AuthAsked, namespace: string): ClusterWish {
  const extras = tls === 'on' ? secured() : plain()
  const [, service, owner] = serviceName.exec(name) ?? []
  if (service !== undefined && owner === namespace)
    return clusterWish(namespace, { name: service, port }, extras)
  // A Service's name has no dot, so that no wish of another kind has the same id.
  const { id } = clusterWish(namespace, { name, port }, extras)
  return service === undefined || owner === undefined
    ? { id, namespace, service: name, port, extras, foreign: { kind: 'host', name } }
    : {
        id,
        namespace: owner,
        service,
        port,
        extras,
        foreign: { kind: 'service', name: `${service}.${owner}.svc.cluster.local` },
      }
}

/**
 * Filters with the question put in: behind those that answer preflights and limit strangers, in front of everything that lets requests
 * in. A server that is not of the namespace is asked before headers are edited, since it believes those that the gateway writes.
 */
export function withAuth(
  filters: readonly FilterSpec[],
  asked: AuthAsked,
  { id: cluster, foreign }: Pick<ClusterWish, 'id' | 'foreign'>,
): readonly FilterSpec[] {
  const first = filters.findIndex(
    ({ kind }) => !before.has(kind) || (foreign !== undefined && kind === 'requestHeaders'),
  )
  const at = first < 0 ? filters.length : first
  return [...filters.slice(0, at), { kind: 'forwardAuth', cluster, ...asked.question }, ...filters.slice(at)]
}

/** None of them lets a request in. */
const before: ReadonlySet<string> = new Set([
  'cors',
  'httpsRedirect',
  'rateLimit',
  'concurrencyLimit',
  'requestHeaders',
])

let ofPlain: ReturnType<typeof clusterExtras> | undefined
function plain(): ReturnType<typeof clusterExtras> {
  ofPlain ??= clusterExtras(unsaid)
  return ofPlain
}

let ofSecured: ReturnType<typeof clusterExtras> | undefined
function secured(): ReturnType<typeof clusterExtras> {
  ofSecured ??= clusterExtras({ ...unsaid, tls: 'on' })
  return ofSecured
}
