import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A folder of its own for a test, removed at the end. */
export interface TestFolder extends Disposable {
  readonly path: string
  /** Writes a file in it, with the folders on the way; gives its path. */
  write(name: string, text: string | Uint8Array): string
}

export function testFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'tidegate-'))
  return {
    path,
    write(name, text) {
      const file = join(path, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
      return file
    },
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true })
    },
  }
}
