import type { Draft } from '../../model/build.ts'
import type { Cluster, DnsDiscovery, EndpointSpec } from '../../model/cluster.ts'
import type { UpstreamTls } from '../../model/tls.ts'
import { quoted } from '../../std/quoted.ts'
import { dnsName } from '../format/address.ts'
import { Flaw } from '../format/flaw.ts'
import type { ClusterFlaw, ClusterWish } from './cluster-wish.ts'
import { addressRefusal, refusedBlocks } from './endpoint-guard.ts'
import { type EndpointRules, type EndpointsFound, findEndpoints } from './endpoints.ts'
import { coversHost } from './host-patterns.ts'
import { type ObjectFlaw, originOf, refOf, refused, warning } from './object-problem.ts'
import type { EndpointSliceObject, ServiceObject, ServicePort } from './objects.ts'
import type { SecretTable } from './secret-table.ts'
import { servicePort } from './service-port.ts'
import { fittingShape, upstreamProtocol } from './upstream-protocol.ts'
import { upstreamTls } from './upstream-tls.ts'

/** What a cluster is made of, besides its wish. */
export interface ClusterSources {
  readonly service: ServiceObject | undefined
  readonly slices: readonly EndpointSliceObject[]
  readonly secrets: SecretTable
  readonly rules: EndpointRules
  /** Names that Services of type ExternalName may lead to. */
  readonly externalNames: readonly string[]
  /** CIDR blocks of the setting. */
  readonly allowedEndpoints: readonly string[]
}

/** A cluster, and what is wrong with what it is made of. */
export interface ClusterMade {
  readonly draft: Draft<Cluster>
  readonly flaws: readonly ClusterFlaw[]
}

/** Where the endpoints of a cluster are. */
interface Members {
  readonly endpoints: readonly EndpointSpec[]
  readonly dns: DnsDiscovery | undefined
  readonly flaws: readonly ClusterFlaw[]
}

const nowhere = { endpoints: [], dns: undefined } as const

/**
 * Makes a cluster. One that cannot be had stands all the same, without endpoints: its routes then answer 503 and take nothing from
 * others, and it comes to life when what was missing is there.
 */
export function makeCluster(wish: ClusterWish, sources: ClusterSources): ClusterMade {
  const { service } = sources
  const refusal = foreignRefusal(wish, sources)
  if (refusal !== undefined) return made(wish, { ...nowhere, flaws: [refusal] }, 'http/1.1', undefined)
  const port = service === undefined ? noService(wish) : portOf(service, wish)
  if ('reason' in port || service === undefined)
    return made(wish, { ...nowhere, flaws: 'reason' in port ? [port] : [] }, 'http/1.1', undefined)
  const { protocol, tls } = upstreamProtocol(appProtocol(port, sources.slices), wish.extras)
  const members = membersOf(service, port, wish, sources)
  const secured =
    tls === undefined
      ? undefined
      : upstreamTls(tls, wish, { secrets: sources.secrets, hasDns: members.dns !== undefined })
  if (secured?.tls === 'closed')
    return made(wish, { ...nowhere, flaws: [...secured.flaws, ...members.flaws] }, protocol, undefined)
  return made(
    wish,
    { ...members, flaws: [...(secured?.flaws ?? []), ...members.flaws] },
    protocol,
    secured?.tls,
  )
}

function made(
  wish: ClusterWish,
  { endpoints, dns, flaws }: Members,
  protocol: Cluster['protocol'],
  tls: UpstreamTls | undefined,
): ClusterMade {
  const fitting = fittingShape(protocol, wish.extras.shape)
  const { namespace, service: name } = wish
  const origin = originOf(refOf('Service', { namespace, name, uid: '' }), '')
  const content = { ...fitting.shape, id: wish.id, protocol, tls, dns, endpoints }
  return { draft: { origin, content }, flaws: [...fitting.flaws, ...flaws] }
}

/** Names that an Ingress gives outside of its namespace need the leave of the operator. */
function foreignRefusal({ foreign }: ClusterWish, { externalNames }: ClusterSources): ObjectFlaw | undefined {
  if (foreign === undefined) return undefined
  const { kind, name } = foreign
  if (externalNames.some((pattern) => coversHost(pattern, name))) return undefined
  const message =
    kind === 'host'
      ? `host ${quoted(name)} may not be asked: the operator did not allow it`
      : `service ${quoted(name)} is of another namespace, and the operator did not allow to ask it`
  const remedy = `name a Service of this namespace, or have the operator add ${quoted(name)} to "externalNames"`
  return refused('ExternalNameRefused', message, remedy)
}

function noService({ namespace, service }: ClusterWish): ObjectFlaw {
  const message = `service ${quoted(`${namespace}/${service}`)} does not exist`
  const remedy = `create it in namespace ${quoted(namespace)}: backends are looked for in the namespace of their Ingress`
  return refused('ServiceNotFound', message, remedy)
}

/** An ExternalName needs no ports: a number is enough. */
function portOf(service: ServiceObject, { port }: ClusterWish): ServicePort | ObjectFlaw {
  const found = servicePort(service, port)
  if (!('reason' in found) || service.type !== 'ExternalName' || typeof port !== 'number') return found
  return { name: '', port, protocol: 'TCP', appProtocol: '' }
}

/** The Service's, else what one of its slices says: those made by hand may say it there alone. */
function appProtocol(
  { name, appProtocol: own }: ServicePort,
  slices: readonly EndpointSliceObject[],
): string {
  if (own !== '') return own
  for (const { ports } of slices) {
    const said = ports.find((port) => port.name === name)?.appProtocol ?? ''
    if (said !== '') return said
  }
  return ''
}

function membersOf(
  service: ServiceObject,
  port: ServicePort,
  { extras }: ClusterWish,
  sources: ClusterSources,
): Members {
  if (service.type === 'ExternalName') return external(service, port, sources)
  if (extras.serviceUpstream === 'off')
    return { dns: undefined, ...findEndpoints(service, port, sources.slices, sources.rules) }
  const [address] = service.clusterIps
  const found = findEndpoints(service, port, sources.slices, sources.rules)
  if (address !== undefined) return byItself(service, address, port, { found, rules: sources.rules })
  const message = `service ${quoted(nameOf(service))} has no address of its own, and its endpoints are used`
  const headless = warning(
    'ServiceWithoutAddress',
    message,
    'remove "service-upstream", or "clusterIP: None" of the Service',
  )
  return { dns: undefined, endpoints: found.endpoints, flaws: [headless, ...found.flaws] }
}

/**
 * The address of the Service in the place of its endpoints. The node hands connections on to them without asking us, so that one
 * which may have none closes the whole Service: its tenant could reach by it whatever is refused otherwise.
 */
function byItself(
  service: ServiceObject,
  host: string,
  { port }: ServicePort,
  { found, rules }: { readonly found: EndpointsFound; readonly rules: EndpointRules },
): Members {
  const refusals = found.flaws.filter(({ reason }) => reason === 'EndpointRefused')
  if (refusals.length > 0) return { ...nowhere, flaws: refusals }
  const why = addressRefusal(host, port, rules)
  if (why === undefined)
    return {
      dns: undefined,
      endpoints: [{ address: { kind: 'tcp', host, port }, weight: 1, priority: 0 }],
      flaws: [],
    }
  const message = `address ${quoted(host)} of service ${quoted(nameOf(service))} is left out: ${why}`
  return {
    ...nowhere,
    flaws: [refused('EndpointRefused', message, 'have the operator add its block to "allowedEndpoints"')],
  }
}

function external(
  service: ServiceObject,
  { port }: ServicePort,
  { externalNames, allowedEndpoints }: ClusterSources,
): Members {
  const host = dnsName.read(service.externalName, { env: {}, readSecret: () => undefined })
  const shown = `service ${quoted(nameOf(service))} leads to ${quoted(service.externalName)}`
  if (host instanceof Flaw)
    return {
      ...nowhere,
      flaws: [refused('ExternalNameRefused', `${shown}, which ${host.message}`, host.remedy)],
    }
  if (externalNames.some((pattern) => coversHost(pattern, host))) {
    const guard = { refused: refusedBlocks, allowed: allowedEndpoints }
    return { endpoints: [], dns: { host, port, interval: 30_000, minimum: 1000, guard }, flaws: [] }
  }
  const remedy = `use a Service with a selector, or have the operator add ${quoted(host)} to "externalNames"`
  return {
    ...nowhere,
    flaws: [refused('ExternalNameRefused', `${shown}, which the operator did not allow`, remedy)],
  }
}

function nameOf({ meta }: ServiceObject): string {
  return `${meta.namespace}/${meta.name}`
}
