import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

// Each file is a process of its own: what one has compiled and collected must not colour the next.
const folder = import.meta.dirname
const shared = new Set(['run.ts', 'routing-data.ts'])
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !shared.has(file))
  .map((file) => file.slice(0, -3))

const asked = process.argv.slice(2)
if (asked.some((name) => name.startsWith('-') || !existsSync(join(folder, `${name}.ts`)))) {
  console.log(
    `Measures single functions with mitata.\n\n  npm run bench:micro [-- NAME …]\n\nNames: ${names.join(', ')}`,
  )
  process.exit(asked.includes('--help') ? 0 : 2)
}

for (const name of asked.length === 0 ? names : asked) {
  console.log(`\n${name}\n`)
  const { status } = spawnSync(process.execPath, ['--expose-gc', join(folder, `${name}.ts`)], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}
