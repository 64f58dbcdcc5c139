import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A program that tests or benchmarks run, and the Debian package that brings it. */
export interface Tool {
  readonly program: string
  readonly debian: string
  readonly why: string
}

/** Where a program is; Debian keeps servers in `/usr/sbin`, which a user's PATH may lack. */
export function find(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder, program)).find(runnable)
}

function runnable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Makes sure that the tools are there: installs what is missing with apt where this user may.
 *
 * @returns false when something is still missing; what to do is printed then.
 */
export function provide(tools: readonly Tool[]): boolean {
  const missing = tools.filter((tool) => find(tool.program) === undefined)
  if (missing.length === 0) return true
  const packages = [...new Set(missing.map((tool) => tool.debian))]
  const left = mayInstall() ? install(packages, missing) : missing
  if (left.length === 0) return true
  for (const tool of left) console.error(`missing: ${tool.program} (${tool.why})`)
  console.error(`install it first:\n  sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`)
  return false
}

function mayInstall(): boolean {
  return process.getuid?.() === 0 && find('apt-get') !== undefined
}

function install(packages: readonly string[], missing: readonly Tool[]): readonly Tool[] {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args: string[]): number | null => {
    console.log(`apt-get ${args.join(' ')}`)
    return spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).status
  }
  const command = ['install', '-y', '-q', '--no-install-recommends', ...packages]
  // The lists of a fresh image are empty: the first try fails quickly then.
  if (apt(...command) !== 0 && apt('update', '-q') === 0) apt(...command)
  return missing.filter((tool) => find(tool.program) === undefined)
}
