import type { FilterSpec } from './filter-spec.ts'
import type { Listener } from './listener.ts'
import type { MaterialId } from './material.ts'
import type { Model } from './model.ts'
import type { Certificate, ClientCertificates, UpstreamTls } from './tls.ts'

/** The materials that a model names. */
export function materialIds({
  listeners,
  routes,
  clusters,
}: Pick<Model, 'listeners' | 'routes' | 'clusters'>): ReadonlySet<MaterialId> {
  const ids = new Set<MaterialId>()
  for (const listener of listeners) addListener(listener, ids)
  for (const { tls } of clusters) if (tls !== undefined) addUpstream(tls, ids)
  for (const { filters } of routes) for (const filter of filters) addFilter(filter, ids)
  return ids
}

/** The certificates that the gateway shows, to clients and to endpoints. */
export function certificatesOf({
  listeners,
  clusters,
}: Pick<Model, 'listeners' | 'clusters'>): readonly Certificate[] {
  const own = listeners.flatMap(({ tls }) =>
    tls === undefined ? [] : [...tls.certificates, ...tls.hosts.flatMap(({ certificates }) => certificates)],
  )
  return [...own, ...clusters.flatMap(({ tls }) => tls?.certificate ?? [])]
}

function addListener({ tls }: Listener, ids: Set<MaterialId>): void {
  if (tls === undefined) return
  for (const { material } of tls.certificates) ids.add(material)
  addClients(tls.policy.clientCertificates, ids)
  if (tls.tickets.keys !== undefined) ids.add(tls.tickets.keys)
  for (const { policy, certificates } of tls.hosts) {
    for (const { material } of certificates) ids.add(material)
    addClients(policy.clientCertificates, ids)
  }
}

function addClients({ ca, crl }: ClientCertificates, ids: Set<MaterialId>): void {
  if (ca !== undefined) ids.add(ca)
  if (crl !== undefined) ids.add(crl)
}

function addUpstream({ ca, crl, certificate }: UpstreamTls, ids: Set<MaterialId>): void {
  if (ca !== undefined) ids.add(ca)
  if (crl !== undefined) ids.add(crl)
  if (certificate !== undefined) ids.add(certificate.material)
}

function addFilter(filter: FilterSpec, ids: Set<MaterialId>): void {
  if (filter.kind === 'basicAuth' && filter.users !== undefined) ids.add(filter.users)
  if (filter.kind === 'apiKey' && filter.keys !== undefined) ids.add(filter.keys)
  if (filter.kind !== 'jwt') return
  const { keys } = filter
  if (keys.kind === 'url' && keys.ca !== undefined) ids.add(keys.ca)
  if (keys.kind === 'secret') ids.add(keys.material)
}
