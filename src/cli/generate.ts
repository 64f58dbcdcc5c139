import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generatedFiles } from './generated-files.ts'

/** Entry of `npm run generate`: writes every generated file anew. */
const root = join(import.meta.dirname, '../..')

for (const [path, render] of generatedFiles) {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, render())
  process.stdout.write(`${path}\n`)
}
