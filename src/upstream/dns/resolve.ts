import type { Ms } from '../../std/units.ts'

/** What asking for the addresses of a name came to. */
export type DnsAnswer =
  /** At least one address; `ttl` is the shortest of them, `undefined` when the answer has none. */
  | { readonly kind: 'found'; readonly addresses: readonly string[]; readonly ttl: Ms | undefined }
  /** The name does not exist, or has no address. */
  | { readonly kind: 'absent'; readonly cause: string }
  /** Nobody could say. */
  | { readonly kind: 'failed'; readonly cause: string }

/** Asks for the addresses of a name; never rejects. The signal gives up waiting. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<DnsAnswer>
