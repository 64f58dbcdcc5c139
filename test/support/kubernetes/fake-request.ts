import type { FakeObject } from './fake-store.ts'

/** What a path of the API asks for. */
export interface FakeTarget {
  /** `/api/v1/configmaps`: the same in all namespaces. */
  readonly collection: string
  readonly group: string
  readonly resource: string
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly subresource: string | undefined
  readonly query: URLSearchParams
}

const shape =
  /^(?<root>\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[a-z]+)(?:\/(?<name>[^/]+)(?:\/(?<sub>status))?)?$/

/** Takes a path apart; `undefined` for one that is none of the API. */
export function readTarget(path: string): FakeTarget | undefined {
  const url = new URL(path, 'http://fake')
  // `/api/v1/namespaces/NAME` is a Namespace, not what is in it.
  const isNamespace = /^\/api\/v1\/namespaces(?:\/(?<name>[^/]+))?$/.exec(url.pathname)
  if (isNamespace !== null) {
    const name = isNamespace.groups?.['name']
    return {
      collection: '/api/v1/namespaces',
      group: '',
      resource: 'namespaces',
      namespace: undefined,
      name,
      subresource: undefined,
      query: url.searchParams,
    }
  }
  const groups = shape.exec(url.pathname)?.groups
  if (groups === undefined) return undefined
  const { root = '', namespace, resource = '', name, sub } = groups
  return {
    collection: `${root}/${resource}`,
    group: root === '/api/v1' ? '' : (root.split('/')[2] ?? ''),
    resource,
    namespace: namespace === undefined ? undefined : decodeURIComponent(namespace),
    name: name === undefined ? undefined : decodeURIComponent(name),
    subresource: sub,
    query: url.searchParams,
  }
}

/** Whether an object is in the namespace and fits the selectors of a request: `=` and `!=`. */
export function isSelected(object: FakeObject, { namespace, query }: FakeTarget): boolean {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false
  const field = query.get('fieldSelector')
  if (field !== null && !fits(field, (path) => valueAt(object, path))) return false
  const label = query.get('labelSelector')
  const labels = new Map(Object.entries(object.metadata['labels'] ?? {}))
  return label === null || fits(label, (name) => labels.get(name))
}

function fits(selector: string, look: (name: string) => unknown): boolean {
  return selector.split(',').every((part) => {
    const [name = '', value] = part.split(/!?=/)
    return (look(name) === value) !== part.includes('!=')
  })
}

function valueAt(object: FakeObject, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], object)
}
