import type { FilterSpec } from '../../model/filter-spec.ts'
import type { KubernetesSettings } from '../../model/kubernetes-settings.ts'
import type { IngressRead } from './read-ingress.ts'
import { tlsCovers } from './read-tls.ts'

/** What routes are made with, besides the Ingress. */
export interface RouteSurroundings {
  readonly settings: KubernetesSettings
  /** Listeners with TLS that Ingresses are served on; `port` is the public one. */
  readonly secure: readonly { readonly id: string; readonly port: number }[]
}

/** Solvers of ACME answer plain requests, and get no certificate otherwise (RFC 8555 §8.3). */
const acmePaths = ['/.well-known/acme-challenge/']

/**
 * Sends plain requests of a host to https, when `spec.tls` covers it and neither annotation nor setting says otherwise. `no listener`
 * when it is wanted and there is nowhere to send them.
 */
export function httpsRedirect(
  { annotations, tls }: IngressRead,
  host: string,
  { settings, secure }: RouteSurroundings,
): FilterSpec | 'no listener' | undefined {
  const wanted = annotations.tlsRedirect ?? settings.tlsRedirect
  if (wanted === 'off' || (wanted === 'on' && !tlsCovers(tls, host))) return undefined
  const { listeners } = annotations.route.match
  const listener = secure.find(({ id }) => listeners.length === 0 || listeners.includes(id))
  if (listener === undefined) return 'no listener'
  const port = listener.port === 443 ? undefined : listener.port
  return { kind: 'httpsRedirect', status: 308, port, except: acmePaths }
}
