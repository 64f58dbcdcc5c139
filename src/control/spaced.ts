import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'

/**
 * Calls `run` at once when the call before is long enough ago, else as soon as it is: for a fast lane, in which what comes together
 * goes out together. Disposing drops what waits.
 *
 * @param apart how far the next call is at least from the one before; asked when something has come.
 */
export function spaced(run: () => void, clock: Clock, apart: () => Ms): { touch(): void } & Disposable {
  let timer: unknown
  let isWaiting = false
  let ran = Number.NEGATIVE_INFINITY

  const go = (): void => {
    isWaiting = false
    ran = clock.now()
    run()
  }
  return {
    touch() {
      if (isWaiting) return
      const wait = ran + apart() - clock.now()
      if (wait <= 0) return go()
      isWaiting = true
      timer = clock.setTimeout(go, wait)
    },
    [Symbol.dispose]() {
      clock.clearTimeout(timer)
    },
  }
}
