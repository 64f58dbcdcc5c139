import { gcraScript, gcraScriptSha } from './gcra-script.ts'
import type { StoreQuestion, StoreScript } from './store-link.ts'

/** Decides, takes and gives back. */
export const decideScript: StoreScript = { text: gcraScript, sha: gcraScriptSha }

/** A question of no consequence that writes: a server that only reads counts nothing. */
export function probeOf(key: string): StoreQuestion {
  return {
    script: decideScript,
    keys: [key],
    args: ['1', '0', '1000000000', '1000000000', '1'],
    asking: 'off',
  }
}
