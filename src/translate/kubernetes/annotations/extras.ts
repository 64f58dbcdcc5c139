import type { FilterSpec } from '../../../model/filter-spec.ts'
import { fingerprintText } from '../../../model/hash.ts'
import { clusterShape } from '../../native/clusters.ts'
import { noFiles } from '../../native/filter-files.ts'
import { filterSpec } from '../../native/filters.ts'
import { matchOf } from '../../native/match.ts'
import { upgradeOf } from '../../native/routes.ts'
import type { NativeCluster } from '../../schema/cluster.ts'
import type { NativeRoute } from '../../schema/route.ts'
import type {
  AnnotationsRead,
  ClusterExtras,
  RouteExtras,
  UpstreamSecret,
  UpstreamTlsAsked,
} from './annotations-read.ts'
import type { NginxRead } from './nginx/read-nginx.ts'
import { unsaid, type Values, type Write } from './settings.ts'
import { shared } from './share.ts'
import type { NativeAskedTls } from './tls-schema.ts'

type RouteValues = Omit<NativeRoute, 'name' | 'hosts' | 'path' | 'to'>
type ClusterValues = Omit<NativeCluster, 'endpoints' | 'dns' | 'protocol' | 'tls'> & {
  readonly protocol: NativeCluster['protocol'] | undefined
  readonly tls: 'on' | 'off' | undefined
  readonly tlsSettings: NativeAskedTls
  readonly serviceUpstream: 'on' | 'off' | undefined
  readonly tlsRedirect: AnnotationsRead['tlsRedirect']
  readonly tlsSecret: AnnotationsRead['tlsSecret']
  readonly rewrite: string | undefined
}

/** Values as the schemas of their keys read them: `settings.ts` puts nothing else in. */
function typed(values: Values): RouteValues & ClusterValues {
  return values as unknown as RouteValues & ClusterValues
}

/** What routes take over from annotations. */
export function routeExtras(values: Values, nginx: NginxRead['filters']): RouteExtras {
  const { methods, headers, cookies, query, clients, listeners, ...rest } = typed(values)
  const { filters, timeouts, retry, body, upgrade, accessLog, rewrite } = rest
  const asked = { methods, headers, cookies, query, clients, listeners }
  const { path: _, ...match } = matchOf({ ...rest, ...asked, hosts: ['*'], path: '/' })
  const prefix: FilterSpec[] =
    rewrite === undefined
      ? []
      : [{ kind: 'rewrite', path: { kind: 'prefix', value: rewrite }, host: undefined }]
  const steps = [
    ...nginx.before,
    ...prefix,
    ...filters.map((filter) => filterSpec(filter, noFiles)),
    ...nginx.after,
  ]
  return shared('route', {
    match: shared('match', match),
    filters: shared('filters', steps),
    timeouts: said('timeouts', timeouts),
    retry: said('retry', retry),
    body: said('body', body),
    upgrade: upgradeOf(said('upgrade', upgrade)),
    accessLog: said('accessLog', accessLog),
  })
}

/** A part as it is shared: that of routes in files which say nothing, when it says the same. */
function said<T extends object>(key: string, part: T): T {
  const usual = unsaid[key]
  const isUsual = part === usual || JSON.stringify(part) === JSON.stringify(usual)
  return isUsual ? (usual as T) : shared(key, part)
}

/** What clusters take over from annotations. */
export function clusterExtras(values: Values): ClusterExtras {
  const { protocol, tls, tlsSettings, serviceUpstream = 'off' } = typed(values)
  const whenAsked = shared('tls', tlsAsked(tlsSettings))
  const parts = {
    shape: shared('shape', clusterShape(typed(values))),
    protocol,
    tls: tls === 'on' ? whenAsked : tls,
    tlsWhenAsked: whenAsked,
    serviceUpstream,
  }
  return shared('cluster', { variant: variantOf(parts), ...parts })
}

type Parts = Omit<ClusterExtras, 'variant'>

/** Eight characters are enough to tell the variants of one Service apart. */
function variantOf(parts: Parts): string {
  const text = JSON.stringify(parts)
  plain ??= JSON.stringify({
    shape: clusterShape(typed(unsaid)),
    protocol: undefined,
    tls: undefined,
    tlsWhenAsked: tlsAsked(typed(unsaid).tlsSettings),
    serviceUpstream: 'off',
  } satisfies Parts)
  return text === plain ? '' : fingerprintText(text).slice(0, 8)
}

/** The text of a cluster of which nothing is said. */
let plain: string | undefined

function tlsAsked(native: NativeAskedTls): UpstreamTlsAsked {
  const { verify, serverName, names, caSecret, certificateSecret, ciphers = [], curves = [] } = native
  const { minVersion = 'TLSv1.2', maxVersion = 'TLSv1.3' } = native
  return { verify, serverName, names, caSecret, certificateSecret, minVersion, maxVersion, ciphers, curves }
}

/** Whether plain requests are redirected. */
export function tlsRedirectOf(values: Values): AnnotationsRead['tlsRedirect'] {
  return typed(values).tlsRedirect
}

/** The Secret of another namespace for TLS with clients. */
export function tlsSecretOf(values: Values): AnnotationsRead['tlsSecret'] {
  return typed(values).tlsSecret
}

/**
 * The annotations that name Secrets for TLS towards endpoints, as far as these are in force.
 *
 * @param writes of the object, a later one over those before it.
 */
export function secretsFrom(values: Values, writes: readonly Write[]): AnnotationsRead['secretsFrom'] {
  const { tlsSettings } = typed(values)
  const from = (secret: UpstreamSecret): string | undefined => {
    const name = tlsSettings[secret]
    if (name === undefined) return undefined
    return writes.findLast((write) => namedBy(write, secret) === name)?.annotations.at(-1)
  }
  return shared('secretsFrom', { caSecret: from('caSecret'), certificateSecret: from('certificateSecret') })
}

/** What an annotation says of a Secret: as a part of all settings, or alone. */
function namedBy({ path: [key, part], value }: Write, secret: UpstreamSecret): unknown {
  if (key !== 'tlsSettings') return undefined
  if (part === secret) return value
  return part === undefined ? (value as NativeAskedTls)[secret] : undefined
}
