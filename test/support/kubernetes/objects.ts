import type {
  V1ConfigMap,
  V1Endpoint,
  V1EndpointSlice,
  V1Ingress,
  V1IngressBackend,
  V1IngressClass,
  V1IngressRule,
  V1Namespace,
  V1Secret,
  V1Service,
} from '@kubernetes/client-node'
import type { MadeCertificate } from '../certificates.ts'

// Objects as tests write them: short, and complete enough for the API server.

interface Named {
  readonly namespace: string
  readonly name: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
}

export interface IngressWish extends Named {
  /** `spec.ingressClassName`. */
  readonly className?: string
  /**
   * Backends by path by host. Host `""` is none. A path is a prefix unless its type stands before it: `Exact /cart`. A backend is a
   * Service and its port, by number or name: `web:80`, `web:http`. Paths `{}` leave the host without `http`.
   */
  readonly rules?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly defaultBackend?: string
  /** Hosts by Secret. */
  readonly tls?: Readonly<Record<string, readonly string[]>>
}

export function ingress(wish: IngressWish): V1Ingress {
  const { className, defaultBackend, rules, tls } = wish
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadataOf(wish),
    spec: {
      ...(className === undefined ? {} : { ingressClassName: className }),
      ...(defaultBackend === undefined ? {} : { defaultBackend: backend(defaultBackend) }),
      ...(rules === undefined ? {} : { rules: Object.entries(rules).map(rule) }),
      ...(tls === undefined
        ? {}
        : { tls: Object.entries(tls).map(([secretName, hosts]) => ({ secretName, hosts: [...hosts] })) }),
    },
  }
}

/** `web:80`, `web:http`. */
export function backend(text: string): V1IngressBackend {
  const [name = '', port = ''] = text.split(':')
  return { service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } }
}

function rule([host, paths]: readonly [string, Readonly<Record<string, string>>]): V1IngressRule {
  const named = host === '' ? {} : { host }
  const entries = Object.entries(paths)
  if (entries.length === 0) return named
  const http = {
    paths: entries.map(([key, to]) => {
      const [, pathType = 'Prefix', path] = /^(?:(\w+) )?(.*)$/.exec(key) ?? []
      return { ...(path === '' ? {} : { path: path ?? '' }), pathType, backend: backend(to) }
    }),
  }
  return { ...named, http }
}

export interface ClassWish {
  readonly name: string
  readonly controller: string
  readonly annotations?: Readonly<Record<string, string>>
  /** A ConfigMap as `namespace/name`. */
  readonly parameters?: string
}

export function ingressClass(wish: ClassWish): V1IngressClass {
  const [namespace = '', name = ''] = wish.parameters?.split('/') ?? []
  const parameters = { kind: 'ConfigMap', scope: 'Namespace', namespace, name }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: wish.name, annotations: { ...wish.annotations } },
    spec: { controller: wish.controller, ...(wish.parameters === undefined ? {} : { parameters }) },
  }
}

export function namespaceObject(name: string, labels: Readonly<Record<string, string>> = {}): V1Namespace {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...labels } } }
}

/** A port of a Service; `targetPort` is that of the pods, or its name there. */
export interface PortWish {
  readonly port: number
  readonly targetPort?: number | string
  readonly appProtocol?: string
}

export interface ServiceWish extends Named {
  /** By name; `""` for an only port without one. A number is both `port` and `targetPort`. */
  readonly ports: Readonly<Record<string, number | PortWish>>
  readonly type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName'
  readonly externalName?: string
  readonly headless?: 'yes' | 'no'
}

export function serviceObject(wish: ServiceWish): V1Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(wish),
    spec: {
      type: wish.type ?? 'ClusterIP',
      ...(wish.externalName === undefined ? {} : { externalName: wish.externalName }),
      ...(wish.headless === 'yes' ? { clusterIP: 'None' } : {}),
      ports: Object.entries(wish.ports).map(([name, port]) => ({
        ...(name === '' ? {} : { name }),
        ...(typeof port === 'number' ? { port, targetPort: port } : port),
      })),
    },
  }
}

export interface SliceWish {
  readonly namespace: string
  /** The Service it belongs to. */
  readonly service: string
  /** Its own name; the Service's and a suffix without. */
  readonly name?: string
  /** Ports of the endpoints, by the names of the Service's ports. */
  readonly ports: Readonly<Record<string, number>>
  /** Addresses that are ready, or endpoints with their conditions. */
  readonly endpoints: readonly (string | V1Endpoint)[]
  readonly addressType?: 'IPv4' | 'IPv6' | 'FQDN'
}

export function slice(wish: SliceWish): V1EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: wish.namespace,
      name: wish.name ?? `${wish.service}-1`,
      labels: { 'kubernetes.io/service-name': wish.service },
    },
    addressType: wish.addressType ?? 'IPv4',
    ports: Object.entries(wish.ports).map(([name, port]) => ({ name, port, protocol: 'TCP' })),
    endpoints: wish.endpoints.map((one) =>
      typeof one === 'string' ? { addresses: [one], conditions: { ready: true } } : one,
    ),
  }
}

/** A Secret of type kubernetes.io/tls. */
export function tlsSecret(
  wish: Named & { readonly certificate: MadeCertificate; readonly chain?: readonly MadeCertificate[] },
): V1Secret {
  const { certificate, chain = [] } = wish
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadataOf(wish),
    type: 'kubernetes.io/tls',
    data: {
      'tls.crt': base64([certificate, ...chain].map(({ pem }) => pem).join('')),
      'tls.key': base64(certificate.keyPem),
    },
  }
}

export function configMap(wish: Named & { readonly data: Readonly<Record<string, string>> }): V1ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadataOf(wish), data: { ...wish.data } }
}

function metadataOf({
  namespace,
  name,
  annotations = {},
  labels = {},
}: Named): NonNullable<V1Ingress['metadata']> {
  return { namespace, name, annotations: { ...annotations }, labels: { ...labels } }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
