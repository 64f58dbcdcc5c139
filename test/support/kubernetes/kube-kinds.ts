import type {
  CoreV1Event,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1ConfigMap,
  V1CustomResourceDefinition,
  V1DaemonSet,
  V1Deployment,
  V1EndpointSlice,
  V1Ingress,
  V1IngressClass,
  V1Lease,
  V1Namespace,
  V1Node,
  V1ObjectMeta,
  V1Pod,
  V1Role,
  V1RoleBinding,
  V1Secret,
  V1Service,
  V1ServiceAccount,
} from '@kubernetes/client-node'

/** The kinds that tests use, by name. */
export interface Kinds {
  ClusterRole: V1ClusterRole
  ClusterRoleBinding: V1ClusterRoleBinding
  ConfigMap: V1ConfigMap
  CustomResourceDefinition: V1CustomResourceDefinition
  DaemonSet: V1DaemonSet
  Deployment: V1Deployment
  EndpointSlice: V1EndpointSlice
  Event: CoreV1Event
  Ingress: V1Ingress
  IngressClass: V1IngressClass
  Lease: V1Lease
  Namespace: V1Namespace
  Node: V1Node
  Pod: V1Pod
  Role: V1Role
  RoleBinding: V1RoleBinding
  Secret: V1Secret
  Service: V1Service
  ServiceAccount: V1ServiceAccount
  /** gateway.networking.k8s.io; there once a test has made its CustomResourceDefinition. */
  ReferenceGrant: KubeObject & { spec?: unknown }
}
export type Kind = keyof Kinds

/** Any object, as it is sent. */
export interface KubeObject {
  readonly apiVersion?: string
  readonly kind?: string
  metadata?: V1ObjectMeta
}

export interface KindFacts {
  readonly apiVersion: string
  /** As paths name them. */
  readonly plural: string
  readonly scope: 'namespace' | 'cluster'
}

export const kindFacts: Readonly<Record<Kind, KindFacts>> = {
  ClusterRole: ofCluster('rbac.authorization.k8s.io/v1', 'clusterroles'),
  ClusterRoleBinding: ofCluster('rbac.authorization.k8s.io/v1', 'clusterrolebindings'),
  ConfigMap: ofNamespace('v1', 'configmaps'),
  CustomResourceDefinition: ofCluster('apiextensions.k8s.io/v1', 'customresourcedefinitions'),
  DaemonSet: ofNamespace('apps/v1', 'daemonsets'),
  Deployment: ofNamespace('apps/v1', 'deployments'),
  EndpointSlice: ofNamespace('discovery.k8s.io/v1', 'endpointslices'),
  Event: ofNamespace('v1', 'events'),
  Ingress: ofNamespace('networking.k8s.io/v1', 'ingresses'),
  IngressClass: ofCluster('networking.k8s.io/v1', 'ingressclasses'),
  Lease: ofNamespace('coordination.k8s.io/v1', 'leases'),
  Namespace: ofCluster('v1', 'namespaces'),
  Node: ofCluster('v1', 'nodes'),
  Pod: ofNamespace('v1', 'pods'),
  ReferenceGrant: ofNamespace('gateway.networking.k8s.io/v1beta1', 'referencegrants'),
  Role: ofNamespace('rbac.authorization.k8s.io/v1', 'roles'),
  RoleBinding: ofNamespace('rbac.authorization.k8s.io/v1', 'rolebindings'),
  Secret: ofNamespace('v1', 'secrets'),
  Service: ofNamespace('v1', 'services'),
  ServiceAccount: ofNamespace('v1', 'serviceaccounts'),
}

function ofNamespace(apiVersion: string, plural: string): KindFacts {
  return { apiVersion, plural, scope: 'namespace' }
}

function ofCluster(apiVersion: string, plural: string): KindFacts {
  return { apiVersion, plural, scope: 'cluster' }
}

/** The path of a collection; `""` is all namespaces. @throws {Error} for kinds that are not in the table. */
export function collectionPath(kind: string, namespace: string): string {
  const facts = kindFacts[kind as Kind] as KindFacts | undefined
  if (facts === undefined) throw new Error(`no path for the kind "${kind}": add it to kindFacts`)
  const group = facts.apiVersion.includes('/') ? `/apis/${facts.apiVersion}` : `/api/${facts.apiVersion}`
  const within = facts.scope === 'namespace' && namespace !== '' ? `/namespaces/${namespace}` : ''
  return `${group}${within}/${facts.plural}`
}

/** The path of an object. */
export function objectPath(object: KubeObject): string {
  const { name, namespace = 'default' } = object.metadata ?? {}
  if (name === undefined) throw new Error(`a ${object.kind} needs a name`)
  return `${collectionPath(object.kind ?? '', namespace)}/${name}`
}
