import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { globSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { find, provide } from '../packages.ts'
import { root } from '../source-files.ts'

/** A program that Go builds from modules, whose versions and hashes stand in `go.mod` and `go.sum` of a folder. */
export interface GoProgram {
  /** Of the file in the cache. */
  readonly name: string
  /** Holds `go.mod` and `go.sum`; relative to the repository. */
  readonly folder: string
  /** `.` for one whose source is in the folder, else an import path. */
  readonly package: string
  readonly ldflags?: string
  /** About how long the first build takes on two cores. */
  readonly minutes: number
}

/**
 * The path of a program, built when it is not there yet. It is kept in the user's cache folder, so that fresh clones find it, under
 * a name that changes with its sources and with Go. Of two runs that want it at once, one builds.
 *
 * @throws {Error} that says what is missing, or what the compiler printed.
 */
export async function builtGoProgram(program: GoProgram): Promise<string> {
  const go = goProgram(program.name)
  const sources = join(root, program.folder)
  const file = join(cacheFolder(), `${program.name}-${keyOf(program, go)}`)
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) return file
  mkdirSync(cacheFolder(), { recursive: true })
  const started = Date.now()
  console.log(`building ${program.name} into ${file}: about ${program.minutes} minutes the first time`)
  const timer = setInterval(() => {
    console.log(`still building ${program.name}, for ${Math.round((Date.now() - started) / 1000)} s`)
  }, 30_000)
  try {
    await build(program, { go, sources, file })
  } finally {
    clearInterval(timer)
  }
  console.log(`built ${program.name} in ${Math.round((Date.now() - started) / 1000)} s`)
  return file
}

function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidegate')
}

/** Go, from the PATH or from where its own installer puts it. */
function goProgram(name: string): string {
  const usual = '/usr/local/go/bin/go'
  const there = find('go') ?? (statSync(usual, { throwIfNoEntry: false }) === undefined ? undefined : usual)
  const isThere =
    there !== undefined || provide([{ program: 'go', debian: 'golang-go', why: `builds ${name} for tests` }])
  if (!isThere) throw new Error(`${name} cannot be built without Go: install Go 1.21 or newer`)
  const go = there ?? find('go') ?? usual
  const version = execFileSync(go, ['env', 'GOVERSION'], { cwd: '/', encoding: 'utf8' }).trim()
  const minor = Number(/^go1\.(\d+)/.exec(version)?.[1])
  // From 1.21 on, Go fetches the version that a module asks for.
  if (minor >= 21) return go
  throw new Error(`${name} cannot be built: "${go}" is ${version}; install Go 1.21 or newer`)
}

function keyOf(program: GoProgram, go: string): string {
  const cwd = join(root, program.folder)
  const hash = createHash('sha256')
  hash.update(execFileSync(go, ['env', 'GOVERSION', 'GOARCH'], { cwd, encoding: 'utf8' }))
  hash.update(JSON.stringify([program.package, program.ldflags]))
  for (const name of globSync(['go.mod', 'go.sum', '*.go'], { cwd }).sort()) {
    hash.update(`${name}\0`).update(readFileSync(join(cwd, name)))
  }
  return hash.digest('hex').slice(0, 16)
}

/** What the shell does under the lock, with Go, the file and the arguments of `go build`: another run may have built it meanwhile. */
const script = `
go=$1 file=$2; shift 2
[ -x "$file" ] && exit 0
"$go" build -o "$file.$$" "$@" && mv "$file.$$" "$file"`

async function build(
  program: GoProgram,
  where: { readonly go: string; readonly sources: string; readonly file: string },
): Promise<void> {
  const { go, sources, file } = where
  const flags = ['-mod=readonly', '-trimpath', '-ldflags', `-s -w ${program.ldflags ?? ''}`, program.package]
  // The kernel gives the lock back when its holder is gone, however it went.
  const args = [`${file}.lock`, 'sh', '-c', script, 'sh', go, file, ...flags]
  const child = spawn('flock', args, {
    cwd: sources,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  child.stderr.on('data', (text) => {
    output += String(text)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${program.name} could not be built:\n${output.trim()}`)
}
