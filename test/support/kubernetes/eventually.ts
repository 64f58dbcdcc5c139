/** Waiting for processes and for what they tell each other; reaching it is the failure. */
export const patience = 30_000

/**
 * Asks again and again until something is there; gives it. What `probe` throws counts as nothing, and is told when time is up.
 *
 * @param what completes "waited in vain until …".
 */
export async function eventually<T>(
  probe: () => Promise<T | undefined> | T | undefined,
  what: string,
  ms = patience,
): Promise<T> {
  const end = performance.now() + ms
  let cause: unknown
  for (;;) {
    try {
      const found = await probe()
      if (found !== undefined && found !== false) return found
      cause = undefined
    } catch (error) {
      cause = error
    }
    if (performance.now() > end) {
      const last = cause instanceof Error ? `: ${cause.message}` : ''
      throw new Error(`waited ${ms} ms in vain until ${what}${last}`, { cause })
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
