import { closest } from '../std/closest.ts'

/** The one of `candidates` that was probably meant: the only one that starts with what was typed, else the nearest. */
export function suggest(typed: string, candidates: readonly string[]): string | undefined {
  const begun = candidates.filter(
    (candidate) => typed.length > 1 && candidate.startsWith(typed.toLowerCase()),
  )
  return begun.length === 1 ? begun[0] : closest(typed, candidates)
}
