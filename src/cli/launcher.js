#!/usr/bin/env node
// Starts Tidegate on a Node that can run it. Old syntax throughout: an old Node must get as far as the one sentence below.
import { spawn } from 'child_process'
import { existsSync, readFileSync } from 'fs'
import { dirname, join } from 'path'
import { fileURLToPath } from 'url'

const oldestMajor = 24
// SIGUSR1 would open the inspector; `__proto__` as an accessor is how prototype pollution works; nothing of ours is native code;
// the environment holds secrets, and reports of crashes are sent around. The Dockerfile has the same.
const flags = ['--disable-sigusr1', '--disable-proto=delete', '--no-addons', '--report-exclude-env']
const forwarded = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2', 'SIGQUIT']

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** The Node that npm installed beside us: in our own node_modules, or hoisted into one above. */
function pinnedNode() {
  for (let folder = root; ; folder = dirname(folder)) {
    const home = join(folder, 'node_modules', 'node')
    const path = join(home, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    if (existsSync(path)) {
      return { path: path, version: JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')).version }
    }
    if (folder === dirname(folder)) return undefined
  }
}

function isNewer(version, other) {
  const left = version.split('.').map(Number)
  const right = other.split('.').map(Number)
  for (let i = 0; i < 3; i++) if (left[i] !== right[i]) return left[i] > right[i]
  return false
}

/** The pinned Node, unless the one that runs us is a newer build of the same major; `undefined` when neither will do. */
function chooseNode() {
  const current = { path: process.execPath, version: process.versions.node }
  const major = parseInt(current.version, 10)
  const pinned = pinnedNode()
  if (pinned === undefined) return major >= oldestMajor ? current : undefined
  return major === parseInt(pinned.version, 10) && isNewer(current.version, pinned.version) ? current : pinned
}

/**
 * Compiled code is kept between starts, which halves their time; only beside code that whoever can write there could change
 * anyway, so never in a folder for temporary files. Node does without where it cannot write.
 */
function keepCompiledCode(env) {
  const modules = join(root, 'node_modules')
  if (env.NODE_COMPILE_CACHE === undefined && existsSync(modules)) {
    env.NODE_COMPILE_CACHE = join(modules, '.cache', 'tidegate')
  }
}

/** Runs `node` as a child that gets our signals, and ends the way it ends. */
function runAsChild(node, args) {
  // Before there is a child: a signal that comes while it starts must not end us alone.
  const forward = (signal) => child.kill(signal)
  for (const signal of forwarded) process.on(signal, forward)
  const child = spawn(node, args, { stdio: 'inherit' })
  child.on('error', (error) => {
    process.stderr.write('tidegate: could not start ' + node + ': ' + error.message + '\n')
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    for (const name of forwarded) process.removeListener(name, forward)
    process.kill(process.pid, signal)
    // A signal whose default is not to end a process leaves us here; 128 + SIGKILL is what a shell would say.
    setTimeout(() => process.exit(137), 1000)
  })
}

const node = chooseNode()
if (node === undefined) {
  process.stderr.write(
    'tidegate needs Node ' +
      oldestMajor +
      ' or newer and this is ' +
      process.versions.node +
      ': run "npm ci" in ' +
      root +
      ', which installs the right one beside it\n',
  )
  process.exit(1)
} else {
  const built = join(root, 'dist', 'src', 'main.js')
  const main = existsSync(built) ? built : join(root, 'src', 'main.ts')
  const args = flags.concat(main, process.argv.slice(2))
  keepCompiledCode(process.env)
  if (typeof process.execve === 'function' && process.platform !== 'win32')
    process.execve(node.path, [node.path].concat(args), process.env)
  else runAsChild(node.path, args)
}
