import type { RemoteKeys } from '../../model/filters/jwt.ts'
import type { Bytes, Ms } from '../../std/units.ts'

/** A document to be fetched: GET, no redirects, no credentials. */
export interface DocumentRequest extends Pick<RemoteKeys, 'url' | 'ca'> {
  /** From the connection to the last byte. */
  readonly timeoutMs: Ms
  /** A larger one is given up. */
  readonly most: Bytes
}

/** What came of it. */
export type FetchedDocument =
  | {
      readonly kind: 'fetched'
      readonly text: string
      /** `max-age` of the answer; `undefined` when it does not say how long it may be kept. */
      readonly maxAgeMs: Ms | undefined
    }
  | { readonly kind: 'failed'; readonly why: string }
  /** The authorities to check the server with are not there: no configuration in force names them any more. */
  | { readonly kind: 'forgotten'; readonly why: string }

/** Never rejects. */
export type FetchDocument = (request: DocumentRequest) => Promise<FetchedDocument>

/**
 * `pending`: never fetched; `fresh`: fetched lately; `stale`: the last ones are used although fetching fails; `gone`: there are
 * none, or too old ones.
 */
export type KeysState = 'pending' | 'fresh' | 'stale' | 'gone'

/** What the keys of an issuer have become, told once for each change. */
export interface KeysEvent {
  readonly url: string
  readonly from: KeysState
  readonly to: KeysState
  readonly cause: string
}

/** How fetches of keys are counted: `failure` too when the answer holds none that can be used. */
export const byFetchResult = { label: 'result', values: ['success', 'failure'] } as const
