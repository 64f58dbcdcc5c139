import type { StatusAddress } from '../../translate/kubernetes/objects.ts'
import type { Reading } from './read/json.ts'

/** What a list-and-watch reads: one resource, in all namespaces or one, all objects or some. */
export interface Resource<T> {
  /** For people: `ingresses`, `secrets of shop`. */
  readonly name: string
  /** `/apis/networking.k8s.io/v1/ingresses`. */
  readonly path: string
  /** Selectors, encoded: `fieldSelector=metadata.name%3Dkubernetes`; `""` for none. */
  readonly query: string
  /** Cuts an object down; `undefined` for one that is of no use, which counts as not there. */
  readonly read: (json: unknown) => Reading<T | undefined>
  readonly readStatus?: (json: unknown) => readonly StatusAddress[]
  /** Whether the cluster may not know the resource at all, which then is as good as having none. */
  readonly presence: 'always' | 'optional'
}
