import { buildModel } from '../../../src/model/build.ts'
import type { FilterSpec } from '../../../src/model/filter-spec.ts'
import type { KubernetesSettings } from '../../../src/model/kubernetes-settings.ts'
import { printProblem } from '../../../src/model/problem.ts'
import type { RequestView } from '../../../src/model/request-view.ts'
import { buildTable, decide } from '../../../src/routing/table.ts'
import type { KubernetesPieces } from '../../../src/translate/kubernetes/pieces.ts'
import {
  type KubernetesSurroundings,
  KubernetesTranslator,
} from '../../../src/translate/kubernetes/translator.ts'
import { FakeMaterials } from '../fake-materials.ts'
import { modelOf } from '../model.ts'
import { FixedObjects } from './fixed-objects.ts'

/** Settings of a Kubernetes source: the defaults, but for what is given. */
export function kubernetesSettings(given: Partial<KubernetesSettings> = {}): KubernetesSettings {
  const { kubernetes } = modelOf('listeners: [{ name: web, address: ":8080" }]\nkubernetes: {}').settings
  if (kubernetes === undefined) throw new Error('the model has no settings of Kubernetes')
  return { ...kubernetes, ...given }
}

/** What surrounds a translation: a plain listener, and one with TLS that clients know by port 443. */
export const surroundings: KubernetesSurroundings = {
  listeners: [
    { id: 'http', port: 80, tls: 'off' },
    { id: 'https', port: 443, tls: 'on' },
  ],
  materials: new FakeMaterials(),
  now: Date.UTC(2026, 5, 1),
  own: { addresses: new Set(['10.9.9.9']), ports: new Set([9900]) },
  fileHosts: new Set(),
}

/** The pieces of objects written in YAML. */
export function translated(yaml: string, given: Partial<KubernetesSettings> = {}): KubernetesPieces {
  return new KubernetesTranslator(kubernetesSettings(given)).translate(new FixedObjects(yaml), surroundings)
}

/** Problems as they are printed, with their reasons. */
export function told({ problems }: Pick<KubernetesPieces, 'problems'>): readonly string[] {
  return problems.map((problem) => `${problem.reason} ${printProblem(problem)}`)
}

/** What a request is, besides the defaults: from `203.0.113.7`, on the plain listener. */
type Request = Partial<Omit<RequestView, 'host' | 'path' | 'field'>> & {
  readonly fields?: Readonly<Record<string, string>>
}

/**
 * Where requests go, as the router decides: the cluster without its variant, `shop/web:80`; the status that a filter answers with; the tree of a split; or the
 * reason for which nothing takes it. A redirect to https is left out, so that one can ask for what is behind it.
 */
export function router({ routes, clusters }: Pick<KubernetesPieces, 'routes' | 'clusters'>) {
  const { settings } = modelOf('listeners: [{ name: web, address: ":8080" }]')
  const model = buildModel({ settings, listeners: [], routes, clusters }, new Map())
  const table = buildTable(model.routes, (route) => route)
  return (place: string, { fields = {}, ...request }: Request = {}): string => {
    const slash = place.indexOf('/')
    const view: RequestView = {
      listener: 'http',
      method: 'GET',
      query: '',
      clientAddress: '203.0.113.7',
      ...request,
      host: place.slice(0, slash),
      path: place.slice(slash),
      field: (name) => fields[name],
    }
    const taken = decide(table, view)
    if (taken.kind === 'miss') return taken.reason
    const { filters, target } = taken.runtime
    const answer = filters.map(ownStatus).find((status) => status !== undefined)
    if (answer !== undefined) return String(answer)
    return (target.kind === 'leaf' ? target.value : JSON.stringify(target)).replaceAll(/@[\w-]+/g, '')
  }
}

/** The status of a filter that always answers. */
function ownStatus(filter: FilterSpec): number | undefined {
  if (filter.kind === 'respond') return filter.respond.status
  return filter.kind === 'refuse' ? filter.status : undefined
}

/** Each route as `id -> where it leads`, without the variant of the cluster. */
export function ways({ routes }: Pick<KubernetesPieces, 'routes'>): readonly string[] {
  return routes.map(({ content: { id, filters, target } }) => {
    const steps = filters.map((filter) => ownStatus(filter) ?? filter.kind)
    const end = target.kind === 'leaf' ? target.value : JSON.stringify(target)
    return [id, ...steps, end.replace(/@[\w-]+$/, '')].join(' -> ')
  })
}

/** Endpoints by cluster, as `10.0.0.1:80`, those of a lower priority with `!`. */
export function members({
  clusters,
}: Pick<KubernetesPieces, 'clusters'>): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    clusters.map(({ content: { id, endpoints } }) => [
      id,
      endpoints.map(({ address, priority }) => {
        const text = address.kind === 'tcp' ? `${address.host}:${address.port}` : address.path
        return priority === 0 ? text : `${text}!`
      }),
    ]),
  )
}

/** An Ingress with annotations of ingress-nginx, which are given without their prefix. */
export function annotated(
  name: string,
  host: string,
  paths: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): string {
  const all = Object.entries(annotations).map(
    ([key, value]) => `nginx.ingress.kubernetes.io/${key}: ${JSON.stringify(value)}`,
  )
  return ingress(name, host, paths).replace(
    `name: ${name} }`,
    `name: ${name}, annotations: { ${all.join(', ')} } }`,
  )
}

/** An Ingress with one path for each `path: SERVICE`, all of one host. */
export function ingress(
  name: string,
  host: string,
  paths: Readonly<Record<string, string>>,
  more = '',
): string {
  const [namespace, own] = name.includes('/') ? name.split('/') : ['default', name]
  const rules = Object.entries(paths).map(
    ([path, service]) => `
          - { path: ${JSON.stringify(path)}, pathType: Prefix, backend: { service: { name: ${service}, port: { number: 80 } } } }`,
  )
  return `
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { namespace: ${namespace}, name: ${own} }
spec:
  ingressClassName: tidegate
  rules:
    - ${host === '' ? '' : `host: "${host}"\n      `}http:
        paths:${rules.join('')}
${more}`
}

/** A Service with port 80, and one endpoint for it. */
export function service(name: string, address = '10.1.0.1'): string {
  const [namespace, own] = name.includes('/') ? name.split('/') : ['default', name]
  return `
---
apiVersion: v1
kind: Service
metadata: { namespace: ${namespace}, name: ${own} }
spec: { clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1], ipFamilies: [IPv4], ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { namespace: ${namespace}, name: ${own}-1, labels: { kubernetes.io/service-name: ${own} } }
addressType: IPv4
ports: [{ name: "", port: 8080, protocol: TCP }]
endpoints: [{ addresses: [${address}], conditions: { ready: true } }]
`
}
