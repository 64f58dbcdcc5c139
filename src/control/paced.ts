import type { CoalesceOptions } from './coalesce.ts'

/**
 * Calls `run` at once for the first touch after `quiet` ms without one, and for those that follow once things have been quiet for so
 * long, at the latest `most` ms after the first that has not been served. Disposing drops what waits.
 */
export function paced(
  run: () => void,
  { clock, quiet, most }: CoalesceOptions,
): { touch(): void } & Disposable {
  let timer: unknown
  let waitingSince: number | undefined
  let touched = Number.NEGATIVE_INFINITY

  return {
    touch() {
      const now = clock.now()
      const isFirst = waitingSince === undefined && now - touched >= quiet
      touched = now
      if (isFirst) return run()
      waitingSince ??= now
      clock.clearTimeout(timer)
      timer = clock.setTimeout(
        () => {
          waitingSince = undefined
          touched = clock.now()
          run()
        },
        Math.max(0, Math.min(quiet, waitingSince + most - now)),
      )
    },
    [Symbol.dispose]() {
      clock.clearTimeout(timer)
    },
  }
}
