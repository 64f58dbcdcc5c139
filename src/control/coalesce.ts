import type { Clock } from '../std/clock.ts'

export interface CoalesceOptions {
  readonly clock: Clock
  /** Ms without a call before `run` is called. */
  readonly quiet: number
  /** Ms after the first call that has not been served yet at which `run` is called anyway. */
  readonly most: number
}

/**
 * Calls `run` once things have been quiet for `quiet` ms, and at the latest `most` ms after the first call that has not been
 * served yet. Disposing drops what waits.
 */
export function coalesce(
  run: () => void,
  { clock, quiet, most }: CoalesceOptions,
): { touch(): void } & Disposable {
  let timer: unknown
  let since: number | undefined

  return {
    touch() {
      const now = clock.now()
      since ??= now
      const delay = Math.max(0, Math.min(quiet, since + most - now))
      clock.clearTimeout(timer)
      timer = clock.setTimeout(() => {
        since = undefined
        run()
      }, delay)
    },
    [Symbol.dispose]() {
      clock.clearTimeout(timer)
    },
  }
}
