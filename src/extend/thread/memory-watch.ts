import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Clock } from '../../std/clock.ts'
import type { Bytes, Ms } from '../../std/units.ts'

/** Garbage is as much as what is held, at most, before V8 collects it; and what is new is not looked at so soon. */
function mostWithGarbage(memory: Bytes): Bytes {
  return 2 * memory + 64 * 1_048_576
}

/**
 * Where V8 itself ends a thread. It ends the whole process when a single piece is larger than what is left, such as the table of a Set
 * that doubles: so there is room for that above what is looked at here.
 */
export function heapLimit(memory: Bytes): Bytes {
  return 3 * mostWithGarbage(memory) + 128 * 1_048_576
}

/** How often the thread may be held up to collect all garbage. */
const collectMs: Ms = 5_000

/**
 * Tells, in the thread itself, when more than its memory is held; not while its loop stands still. Looks when V8 has collected, and
 * collects once more to know: by then there is garbage again.
 */
export function watchOwnMemory(memory: Bytes, clock: Pick<Clock, 'now'>, onFull: () => void): void {
  const { NODE_PERFORMANCE_GC_MAJOR: major } = constants
  let next = 0
  let collect: (() => void) | undefined
  const isMore = (): boolean => getHeapStatistics().used_heap_size > memory
  new PerformanceObserver((list) => {
    const isLook = list.getEntries().some((entry) => (entry as CollectionEntry).detail.kind === major)
    if (!isLook || clock.now() < next || !isMore()) return
    collect ??= collector()
    collect()
    next = clock.now() + collectMs
    if (isMore()) onFull()
  }).observe({ entryTypes: ['gc'] })
}

/** V8 has it for global objects that are made while its flag stands. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  return collect
}

/** As Node documents entries of the type `gc`. */
type CollectionEntry = PerformanceEntry & { readonly detail: { readonly kind: number } }

export interface MemoryWatchOptions {
  readonly clock: Clock
  readonly memory: Bytes
  /** What the other thread holds, garbage too; told while its loop stands still. Rejects when it is gone. */
  readonly used: () => Promise<Bytes>
  readonly onFull: () => void
}

/** How often another thread is asked: some fill 100 MiB meanwhile. */
const everyMs: Ms = 250

/** Tells when another thread holds so much that garbage does not explain it. */
export class MemoryWatch implements Disposable {
  readonly #options: MemoryWatchOptions
  #timer: unknown
  #isOver = false

  constructor(options: MemoryWatchOptions) {
    this.#options = options
    this.#wait()
  }

  [Symbol.dispose](): void {
    this.#isOver = true
    this.#options.clock.clearTimeout(this.#timer)
  }

  #wait(): void {
    if (this.#isOver) return
    this.#timer = this.#options.clock.setTimeout(() => void this.#look(), everyMs)
  }

  async #look(): Promise<void> {
    const { used, memory, onFull } = this.#options
    const bytes = await used().catch(() => 0)
    if (this.#isOver) return
    if (bytes > mostWithGarbage(memory)) return onFull()
    this.#wait()
  }
}
