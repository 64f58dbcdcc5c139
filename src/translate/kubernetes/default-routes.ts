import type { RouteDraft } from '../../model/build.ts'
import type { KubernetesSettings } from '../../model/kubernetes-settings.ts'
import type { AnnotationsRead } from './annotations/annotations-read.ts'
import { type ClusterWish, clusterWish } from './cluster-wish.ts'
import { originOf, refOf } from './object-problem.ts'
import type { ObjectRef } from './pieces.ts'
import type { AllSettled } from './settle-paths.ts'

/** Where requests go that no Ingress takes. */
export interface DefaultRoutes {
  readonly routes: readonly RouteDraft[]
  readonly wish: ClusterWish
  /** The Service, which problems are shown at. */
  readonly object: ObjectRef
}

/** Makes the routes of the operator's default backend: for all hosts, and for what is left over of those that Ingresses serve. */
export class DefaultRouteTable {
  readonly #settings: KubernetesSettings
  #byHost = new Map<string, RouteDraft>()
  #plain: AnnotationsRead | undefined

  constructor(settings: KubernetesSettings) {
    this.#settings = settings
  }

  /** @param plain what holds for routes without annotations. */
  routes(settled: AllSettled, plain: AnnotationsRead): DefaultRoutes | undefined {
    const { defaultBackend } = this.#settings
    if (defaultBackend === undefined) return undefined
    const { namespace } = defaultBackend
    const wish = clusterWish(namespace, defaultBackend, plain.cluster)
    const object = refOf('Service', { namespace, name: defaultBackend.name, uid: '' })
    if (this.#plain !== undefined && this.#plain.route !== plain.route) this.#byHost = new Map()
    this.#plain = plain
    const before = this.#byHost
    this.#byHost = new Map()
    const hosts = new Set(settled.hosts.keys()).add('*')
    for (const host of hosts) {
      if (settled.isWhole(host)) continue
      this.#byHost.set(host, before.get(host) ?? this.#draft(host, { wish, object, plain }))
    }
    return { routes: [...this.#byHost.values()], wish, object }
  }

  #draft(host: string, parts: { wish: ClusterWish; object: ObjectRef; plain: AnnotationsRead }): RouteDraft {
    const { match, filters, timeouts, retry, upgrade, body, accessLog } = parts.plain.route
    const content = {
      id: `ingress-default/${host}`,
      hosts: [host],
      match: { ...match, path: { kind: 'segments', value: '/' }, listeners: this.#settings.listeners },
      filters,
      target: { kind: 'leaf', value: parts.wish.id },
      timeouts,
      retry,
      upgrade,
      body,
      accessLog,
    } as const
    return { origin: originOf(parts.object, ''), content }
  }
}
