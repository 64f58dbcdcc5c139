import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { root } from './source-files.ts'

/** No test may be silent for so long: its own limit is two minutes. */
const longestMs = 180_000

/**
 * Ends a run in which nothing happens any more: a test that failed may leave a server behind, and its process then never ends.
 * The files that were running are named.
 */
export class Silence {
  readonly #controller = new AbortController()
  readonly #running = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  /** Ends the run's processes. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Takes an event of `run()`. */
  on(event: TestEvent): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#end(), longestMs)
    this.#timer.unref()
    if (event.type === 'test:dequeue' && event.data.file !== undefined) this.#running.add(event.data.file)
    if (event.type === 'test:summary' && event.data.file !== undefined) this.#running.delete(event.data.file)
  }

  #end(): void {
    const files = [...this.#running].map((file) => relative(root, file))
    console.error(`nothing was heard for ${longestMs / 1000} s; still running: ${files.join(', ')}`)
    this.#controller.abort()
  }
}
