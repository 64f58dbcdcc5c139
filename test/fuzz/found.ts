import { readdirSync, readFileSync } from 'node:fs'

/** Bytes that once were read wrongly, kept as files: `test/corpus/found/<side>-<what>.bin`. */
export function foundTexts(side: 'request' | 'response'): string[] {
  const folder = new URL('../corpus/found/', import.meta.url)
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${side}-`))
    .sort()
    .map((name) => readFileSync(new URL(name, folder), 'latin1'))
}
