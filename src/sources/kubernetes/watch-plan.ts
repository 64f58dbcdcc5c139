import type { KubernetesSettings, ObjectName } from '../../model/kubernetes-settings.ts'

/** What has to be read, by settings; `undefined` as a namespace means all of them. */
export interface WatchPlan {
  readonly ingresses: readonly (string | undefined)[]
  readonly services: readonly Watched[]
  readonly slices: readonly WatchedSlices[]
  readonly grants: readonly (string | undefined)[]
  /** A label selector for namespaces; `undefined` unless the scope is one. */
  readonly selector: string | undefined
  readonly nodes: 'all' | 'own' | 'none'
}

export interface Watched {
  readonly namespace: string | undefined
  /** `undefined` for all of the namespace. */
  readonly name?: string
  /** Whether nothing is complete without it; the API server's own slices are a precaution. */
  readonly need: 'required' | 'extra'
}

export interface WatchedSlices extends Watched {
  /** The Service they belong to; `undefined` for those of all. */
  readonly service?: string
}

/**
 * What the settings make a source read: as little as will do.
 *
 * @param ownService a Service whose slices are read too; where we may not, it is done without.
 */
export function watchPlan(settings: KubernetesSettings, ownService?: ObjectName): WatchPlan {
  const { namespaces: scope, status, zoneHints, referenceGrants, defaultBackend } = settings
  const listed: readonly (string | undefined)[] =
    scope.kind === 'list' ? [...new Set(scope.names)] : [undefined]
  const isCovered = (namespace: string) => scope.kind !== 'list' || listed.includes(namespace)
  const all = listed.map((namespace) => ({ namespace, need: 'required' as const }))
  const services: Watched[] = [...all]
  const slices: WatchedSlices[] = [...all]
  if (defaultBackend !== undefined && !isCovered(defaultBackend.namespace)) {
    services.push({ namespace: defaultBackend.namespace, need: 'required' })
    slices.push({ namespace: defaultBackend.namespace, need: 'required' })
  }
  if (status.from === 'service') {
    const { namespace, name } = status.service
    const isRead = services.some((one) => one.namespace === undefined || one.namespace === namespace)
    if (!isRead) services.push({ namespace, name, need: 'required' })
  }
  const readsDefault = slices.some(({ namespace }) => namespace === undefined || namespace === 'default')
  const isOwnRead = slices.some(
    ({ namespace }) => namespace === undefined || namespace === ownService?.namespace,
  )
  if (!readsDefault) slices.push({ namespace: 'default', name: 'kubernetes', need: 'extra' })
  if (ownService !== undefined && !isOwnRead)
    slices.push({ namespace: ownService.namespace, service: ownService.name, need: 'extra' })
  return {
    ingresses: listed,
    services,
    slices,
    grants: referenceGrants === 'on' ? listed : [],
    selector: scope.kind === 'selector' ? scope.selector : undefined,
    nodes: status.from === 'nodes' ? 'all' : zoneHints === 'on' ? 'own' : 'none',
  }
}
