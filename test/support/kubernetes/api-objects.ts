/** Objects as the API server sends them, with the least that is promised. */

interface Facts {
  readonly namespace?: string
  readonly version?: number
  readonly uid?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
}

export function metadata(name: string, facts: Facts = {}): Record<string, unknown> {
  const { namespace = 'shop', version = 7, uid = `uid-${name}`, annotations, labels } = facts
  return {
    name,
    ...(namespace === '' ? {} : { namespace }),
    uid,
    resourceVersion: String(version),
    creationTimestamp: '2026-01-02T03:04:05Z',
    managedFields: [{ manager: 'kubectl', fieldsV1: { 'f:spec': {} } }],
    ...(annotations === undefined ? {} : { annotations }),
    ...(labels === undefined ? {} : { labels }),
  }
}

export function configMapJson(name: string, value: string, facts: Facts = {}): Record<string, unknown> {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(name, facts), data: { value } }
}

export interface IngressFacts extends Facts {
  readonly service?: string
  readonly host?: string
  readonly secret?: string
  readonly className?: string
  readonly status?: readonly unknown[]
}

export function ingressJson(name: string, facts: IngressFacts = {}): Record<string, unknown> {
  const { service = 'web', host = `${name}.test`, secret, className = 'tidegate', status } = facts
  const backend = { service: { name: service, port: { number: 80 } } }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadata(name, facts),
    spec: {
      ingressClassName: className,
      rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
      ...(secret === undefined ? {} : { tls: [{ hosts: [host], secretName: secret }] }),
    },
    status: { loadBalancer: status === undefined ? {} : { ingress: status } },
  }
}

export function classJson(
  name: string,
  controller = 'tidegate.dev/ingress-controller',
): Record<string, unknown> {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: metadata(name, { namespace: '' }),
    spec: { controller },
  }
}

export function serviceJson(
  name: string,
  facts: Facts & { readonly port?: number } = {},
): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(name, facts),
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.9',
      clusterIPs: ['10.96.0.9'],
      ipFamilies: ['IPv4'],
      ports: [{ name: 'http', port: facts.port ?? 80, protocol: 'TCP', targetPort: 8080 }],
    },
    status: { loadBalancer: {} },
  }
}

export function sliceJson(
  name: string,
  service: string,
  addresses: readonly string[],
  facts: Facts = {},
): Record<string, unknown> {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: metadata(name, { ...facts, labels: { 'kubernetes.io/service-name': service } }),
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: addresses.map((address) => ({
      addresses: [address],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: 'node-1',
    })),
  }
}

export function secretJson(name: string, key: string, facts: Facts = {}): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata(name, facts),
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': btoa('certificate'), 'tls.key': btoa(key) },
  }
}

export function nodeJson(
  name: string,
  addresses: readonly (readonly [type: string, address: string])[],
  zone?: string,
): Record<string, unknown> {
  const labels = zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: metadata(name, { namespace: '', labels }),
    status: { addresses: addresses.map(([type, address]) => ({ type, address })) },
  }
}

/** A list as the API server sends it. */
export function listJson(version: number, items: readonly unknown[], token = ''): Record<string, unknown> {
  const next = token === '' ? {} : { continue: token }
  return { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: String(version), ...next }, items }
}

export function event(type: string, object: unknown): Record<string, unknown> {
  return { type, object }
}

export function bookmark(version: number): Record<string, unknown> {
  return event('BOOKMARK', { kind: 'ConfigMap', metadata: { resourceVersion: String(version) } })
}

export function expired(): Record<string, unknown> {
  return event('ERROR', {
    kind: 'Status',
    status: 'Failure',
    code: 410,
    reason: 'Expired',
    message: 'too old resource version: 7 (99)',
  })
}
