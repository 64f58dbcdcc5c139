/** How a stream came to its end, as far as it is remembered; `never` was skipped by its peer. */
export type Ending = 'reset_by_us' | 'reset_by_peer' | 'ended' | 'never'

/** Resets remembered; frames that were on their way when we reset a stream are no fault. */
const remembered = 256

/** What became of streams that are no more, in constant memory. RFC 9113 §5.1. */
export class ClosedStreams {
  /** Stream ids in a circle, negative for resets by the peer. */
  readonly #resets: number[] = []
  #next = 0
  /** The last gap between ids that the peer opened. */
  #gapFrom = 0
  #gapTo = 0

  reset(id: number, by: 'us' | 'peer'): void {
    this.#resets[this.#next] = by === 'us' ? id : -id
    this.#next = (this.#next + 1) % remembered
  }

  /** The peer opened `id` after `last`: what lies between was never opened, and never will be. */
  skipped(last: number, id: number): void {
    if (id <= last + 2) return
    this.#gapFrom = last
    this.#gapTo = id
  }

  /** Of an id that is not live and not higher than the last one. */
  ending(id: number): Ending {
    if (this.#resets.includes(id)) return 'reset_by_us'
    if (this.#resets.includes(-id)) return 'reset_by_peer'
    return id > this.#gapFrom && id < this.#gapTo ? 'never' : 'ended'
  }
}
