import type { Parts } from './build.ts'
import type { Problem } from './problem.ts'

export function validate(_parts: Parts): readonly Problem[] {
  return []
}
