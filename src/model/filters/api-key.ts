import type { MaterialId } from '../material.ts'

/** Asks for one of some keys. */
export interface ApiKey {
  /** An `ApiKeyMaterial`; `undefined` where it cannot be had, which no model in force has. */
  readonly keys: MaterialId | undefined
  readonly from: ApiKeyPlace
  /** What becomes of the header or cookie that held the key, towards the upstream. A query goes as it came. */
  readonly key: 'remove' | 'keep'
  /** Lower case; the upstream learns the id of the key by it, and what the client sent of it is removed. `undefined` tells nobody. */
  readonly idHeader: string | undefined
}

/** Where a client puts its key. Names of headers are lower case; `bearer` is `authorization: Bearer KEY`. */
export type ApiKeyPlace =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'bearer' }
  | { readonly kind: 'query'; readonly name: string }
