import type { SecretObject } from '../../translate/kubernetes/objects.ts'
import { readEndpointSlice } from './read/endpoint-slice.ts'
import { readIngress } from './read/ingress.ts'
import { readIngressClass } from './read/ingress-class.ts'
import type { Reading } from './read/json.ts'
import { readConfigMap, readNamespace, readNode, readReferenceGrant } from './read/others.ts'
import { readSecret } from './read/secret.ts'
import { readService } from './read/service.ts'
import { readStatusAddresses } from './read/status-address.ts'
import type { Resource } from './resource.ts'

/** Which objects of a resource are read: those of all namespaces, of one, or a single one. */
export interface Part {
  /** `undefined` means all, and is right for resources of the cluster. */
  readonly namespace?: string | undefined
  readonly name?: string | undefined
}

/** Ingresses, with their status beside them. */
export const ingresses = (part: Part) => ({
  ...resource('ingresses', networking, { part, read: readIngress }),
  readStatus: readStatusAddresses,
})

export const ingressClasses = () =>
  resource('ingressclasses', networking, { part: {}, read: readIngressClass })

export const services = (part: Part) => resource('services', core, { part, read: readService })

/** EndpointSlices; with `service` those of one Service of the namespace alone. */
export const endpointSlices = ({ service, ...part }: Part & { readonly service?: string | undefined }) => {
  const all = resource('endpointslices', '/apis/discovery.k8s.io/v1', { part, read: readEndpointSlice })
  if (service === undefined) return all
  const query = `labelSelector=${encodeURIComponent(`kubernetes.io/service-name=${service}`)}`
  return { ...all, name: `${all.name}/${service}`, query }
}

export const configMaps = (part: Part) => resource('configmaps', core, { part, read: readConfigMap })

export const nodes = () => resource('nodes', core, { part: {}, read: readNode })

/** The CRD of the Gateway API; v1beta1 is what every release of it serves. */
export const referenceGrants = (part: Part) => ({
  ...resource('referencegrants', '/apis/gateway.networking.k8s.io/v1beta1', {
    part,
    read: readReferenceGrant,
  }),
  presence: 'optional' as const,
})

/** Namespaces with these labels; the API server chooses, by the rules that `kubectl -l` has. */
export const namespaces = (selector: string) => ({
  ...resource('namespaces', core, { part: {}, read: readNamespace }),
  query: `labelSelector=${encodeURIComponent(selector)}`,
})

/**
 * Secrets.
 *
 * @param types `useful` leaves out those that hold nothing for us, of which a cluster has many.
 * @param isWanted whether somebody refers to the Secret: of others the key is not even kept.
 */
export function secrets(
  part: Part,
  types: 'any' | 'useful',
  isWanted: (namespace: string, name: string) => boolean,
): Resource<SecretRow> {
  const read = (json: unknown): Reading<SecretRow | undefined> => {
    const cut = readSecret(json)
    if (cut.kind === 'refused') return cut
    const secret = cut.object
    if (secret === undefined) return { kind: 'read', object: undefined }
    const { namespace, name } = secret.meta
    return { kind: 'read', object: isWanted(namespace, name) ? { secret } : notKept }
  }
  const plain = resource<SecretRow>('secrets', core, { part, read })
  return types === 'any' ? plain : { ...plain, query: `fieldSelector=${encodeURIComponent(useful)}` }
}

/** Tokens, releases of Helm and passwords of registries are never certificates or users. */
const useful = [
  'kubernetes.io/service-account-token',
  'helm.sh/release.v1',
  'kubernetes.io/dockerconfigjson',
  'kubernetes.io/dockercfg',
  'bootstrap.kubernetes.io/token',
]
  .map((type) => `type!=${type}`)
  .join()

/** A Secret that is there; `undefined` while nobody refers to it and it is not kept. */
export interface SecretRow {
  readonly secret: SecretObject | undefined
}

const notKept: SecretRow = Object.freeze({ secret: undefined })

const core = '/api/v1'
const networking = '/apis/networking.k8s.io/v1'

function resource<T>(
  plural: string,
  group: string,
  { part, read }: { readonly part: Part; readonly read: (json: unknown) => Reading<T | undefined> },
): Resource<T> {
  const { namespace, name } = part
  const where = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  const which =
    namespace === undefined ? '' : name === undefined ? ` of ${namespace}` : ` ${namespace}/${name}`
  return {
    name: `${plural}${which}`,
    path: `${group}${where}/${plural}`,
    query: name === undefined ? '' : `fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`,
    read,
    presence: 'always',
  }
}
