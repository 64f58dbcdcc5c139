import { deepFreeze } from '../../../std/freeze.ts'

/** Values kept at most; beyond that all are forgotten, and made anew as they are met. */
const mostKept = 4096

const kept = new Map<string, unknown>()

/**
 * The one frozen object that stands for all values that say the same, so that a thousand Ingresses with one setting hold it
 * once and its text is made once. `kind` keeps apart what looks the same and is not.
 */
export function shared<T extends object>(kind: string, value: T): T {
  const key = `${kind} ${JSON.stringify(value)}`
  const known = kept.get(key)
  if (known !== undefined) return known as T
  if (kept.size >= mostKept) kept.clear()
  kept.set(key, deepFreeze(value))
  return value
}
