import { ownText } from '../../std/own-text.ts'
import type { Claims, Registered } from './claims.ts'
import type { KeySet } from './key-set.ts'

/** A token whose signature was good. What a route asks of it beyond that is not part of it. */
export interface VerifiedToken {
  readonly claims: Claims
  readonly registered: Registered
  readonly algorithm: string
  /** The keys it was checked with; it counts as long as they are in force. */
  readonly keys: KeySet
  /** What the last route found that looked at it: a route that comes again need not look twice. */
  judgedBy: object | undefined
  judgement: unknown
}

/**
 * Tokens whose signatures were good, of one process. Holds at most 20,000 and about 16 MiB, those that were used last: two
 * halves, of which the older one goes as a whole when the younger one is full, so that a hit is one look-up.
 */
export class TokenCache {
  #young = new Map<string, VerifiedToken>()
  #old = new Map<string, VerifiedToken>()
  #bytes = 0
  readonly #mostTokens: number
  readonly #mostBytes: number

  constructor(mostTokens = 20_000, mostBytes = 16_777_216) {
    this.#mostTokens = mostTokens / 2
    this.#mostBytes = mostBytes / 2
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(token: string): VerifiedToken | undefined {
    const found = this.#young.get(token)
    if (found !== undefined) return found
    const older = this.#old.get(token)
    if (older !== undefined) this.put(token, older)
    return older
  }

  put(token: string, verified: VerifiedToken): void {
    this.#old.delete(token)
    // The text once as the key, and once more in its parsed claims.
    const bytes = token.length * 2
    if (this.#young.size >= this.#mostTokens || this.#bytes + bytes > this.#mostBytes) {
      this.#old = this.#young
      this.#young = new Map()
      this.#bytes = 0
    }
    this.#bytes += bytes
    this.#young.set(ownText(token), verified)
  }

  delete(token: string): void {
    this.#young.delete(token)
    this.#old.delete(token)
  }
}
