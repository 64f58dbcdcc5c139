import type { Ms } from '../../std/units.ts'
import { DueKeys } from './due-keys.ts'

/** A key whose turn it is, or will be. */
export interface NextKey {
  readonly key: string
  /** Whose it is. */
  readonly share: string
  readonly due: Ms
}

/**
 * Keys with the time at which each falls due, of several who share one line. Of keys that are due, one is taken from each share in turn,
 * and of a share the one that fell due first: whoever has thousands makes another wait for one of them.
 */
export class FairKeys {
  readonly #shareOf: (key: string) => string
  /** Of every key: `shareOf` may have forgotten it by the time it is taken. */
  readonly #shares = new Map<string, string>()
  /** What is not due yet, of all. */
  readonly #later = new DueKeys()
  /** What is due, by share. */
  readonly #lines = new Map<string, DueKeys>()
  /** Shares with something due, the one whose turn it is first. */
  readonly #ring = new Set<string>()
  /** Shares with something due that are passed over until then. */
  readonly #resting = new DueKeys()

  /** @param shareOf whose a key is; asked when the key is set. */
  constructor(shareOf: (key: string) => string) {
    this.#shareOf = shareOf
  }

  get size(): number {
    return this.#shares.size
  }

  has(key: string): boolean {
    return this.#shares.has(key)
  }

  /** When a key falls due. */
  get(key: string): Ms | undefined {
    return this.#later.get(key) ?? this.#lines.get(this.#shares.get(key) ?? '')?.get(key)
  }

  /** A key that is set to the time it has already keeps its place. */
  set(key: string, due: Ms): void {
    if (this.get(key) === due) return
    this.delete(key)
    this.#shares.set(key, this.#shareOf(key))
    this.#later.set(key, due)
  }

  delete(key: string): void {
    const share = this.#shares.get(key)
    if (share === undefined) return
    this.#shares.delete(key)
    this.#later.delete(key)
    const line = this.#lines.get(share)
    line?.delete(key)
    if (line?.size !== 0) return
    this.#lines.delete(share)
    this.#ring.delete(share)
    this.#resting.delete(share)
  }

  /** Deletes a key; its share has its next turn after all others that have something due. */
  take(key: string): void {
    const share = this.#shares.get(key) ?? ''
    this.delete(key)
    if (this.#ring.delete(share)) this.#ring.add(share)
  }

  /** Passes a share over until then, whatever of it is due: its keys are not looked at one by one. */
  rest(share: string, until: Ms): void {
    if (this.#ring.delete(share)) this.#resting.set(share, until)
  }

  clear(): void {
    this.#shares.clear()
    this.#later.clear()
    this.#lines.clear()
    this.#ring.clear()
    this.#resting.clear()
  }

  /** The key whose turn it is at `now`; while there is none, the one that will be first. */
  first(now: Ms): NextKey | undefined {
    this.#ripen(now)
    const [share] = this.#ring
    if (share !== undefined) return this.#firstOf(share)
    const later = this.#later.first()
    const rested = this.#resting.first()
    if (rested !== undefined && (later === undefined || rested.due < later.due))
      return this.#firstOf(rested.key, rested.due)
    return later && { key: later.key, share: this.#shares.get(later.key) ?? '', due: later.due }
  }

  #firstOf(share: string, notBefore: Ms = Number.NEGATIVE_INFINITY): NextKey | undefined {
    const first = this.#lines.get(share)?.first()
    return first && { key: first.key, share, due: Math.max(first.due, notBefore) }
  }

  /** Puts what has fallen due in its line, and shares that have rested in the ring. */
  #ripen(now: Ms): void {
    for (let next = this.#resting.first(); next !== undefined && next.due <= now; ) {
      this.#resting.delete(next.key)
      this.#ring.add(next.key)
      next = this.#resting.first()
    }
    for (let next = this.#later.first(); next !== undefined && next.due <= now; ) {
      this.#later.delete(next.key)
      this.#line(next.key, next.due)
      next = this.#later.first()
    }
  }

  #line(key: string, due: Ms): void {
    const share = this.#shares.get(key) ?? ''
    const line = this.#lines.get(share) ?? new DueKeys()
    line.set(key, due)
    this.#lines.set(share, line)
    if (!this.#resting.has(share)) this.#ring.add(share)
  }
}
