import { readFileSync, statSync } from 'node:fs'

/** More is not a secret but a mistake: a device, a log. */
const largest = 65_536

/** The text of a file that holds a secret; `undefined` when it cannot be read or is too large to be one. */
export function readSecretFile(path: string): string | undefined {
  try {
    const found = statSync(path)
    return found.isFile() && found.size <= largest ? readFileSync(path, 'utf8') : undefined
  } catch {
    return undefined
  }
}
