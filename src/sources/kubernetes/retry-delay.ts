import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'

const least: Ms = 500
const most: Ms = 30_000
/** A server that asks for more is not to keep us away for hours. */
const mostAsked: Ms = 600_000

/**
 * How long to wait before try number `attempt` (1 is the first repetition): anywhere between 0.5 s and a ceiling that doubles from
 * 1 s to 30 s, so that many who lost the same API server do not come back together.
 *
 * @param retryAfter what the server asked for: never less than that, and up to a half more.
 */
export function retryDelay(attempt: number, random: () => number, retryAfter: Ms | undefined): Ms {
  const ceiling = Math.min(most, 2 * least * 2 ** Math.min(attempt - 1, 16))
  const own = least + random() * (ceiling - least)
  if (retryAfter === undefined) return own
  const asked = Math.min(retryAfter, mostAsked)
  return Math.max(asked, least) + random() * Math.max(2 * least, asked / 2)
}

/** Waits; ends early, without an error, when `signal` does. */
export function pause(clock: Clock, ms: Ms, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  const { promise, resolve } = Promise.withResolvers<void>()
  const end = () => {
    clock.clearTimeout(timer)
    signal.removeEventListener('abort', end)
    resolve()
  }
  const timer = clock.setTimeout(end, ms)
  signal.addEventListener('abort', end)
  return promise
}
