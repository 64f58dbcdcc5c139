import { decideScript } from './decide-script.ts'
import type { StoreQuestion, StoreScript } from './store-link.ts'

/** How questions are put together to one call of a script, and its flat reply is taken apart. */
export interface CallForm {
  readonly script: StoreScript
  /** Arguments in front of all. */
  readonly first: readonly string[]
  /** Arguments in front of the amounts of one question. @param keys how many it has. */
  before(keys: number, what: 'decided' | 'taken'): readonly string[]
  /** Numbers that answer one question. */
  replyLength(keys: number): number
}

export const decideForm: CallForm = {
  script: decideScript,
  first: [],
  before: (keys, what) => [String(what === 'decided' ? keys : -keys)],
  replyLength: (keys) => 2 + 2 * keys,
}

/** A question of no consequence that writes: a server that only reads counts nothing. */
export function probeOf(key: string): StoreQuestion {
  return {
    script: decideScript,
    keys: [key],
    args: ['1', '1000000000', '1'],
    asking: 'off',
  }
}
