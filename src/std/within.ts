import type { Clock } from './clock.ts'
import type { Ms } from './units.ts'

/** Waits for some work, and at most so long; what is late goes on unwatched. @throws what the work throws in time. */
export async function within(work: Promise<unknown>, atMost: Ms, clock: Clock): Promise<'done' | 'late'> {
  const late = Promise.withResolvers<'late'>()
  const timer = clock.setTimeout(() => late.resolve('late'), atMost)
  try {
    return await Promise.race([work.then(() => 'done' as const), late.promise])
  } finally {
    clock.clearTimeout(timer)
  }
}
