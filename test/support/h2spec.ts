import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { find, provide } from './packages.ts'
import { root } from './source-files.ts'

// h2spec (https://github.com/summerwind/h2spec) has no package in Debian: Go builds it from its sources, whose versions and
// hashes stand in test/conformance/h2spec. What was built is kept under node_modules.

const sources = join(root, 'test/conformance/h2spec')
const cache = join(root, 'node_modules/.cache/tidegate')
const program = join(cache, 'h2spec-2.2.1')

/** The path of h2spec, built when it is not there yet. @throws {Error} that says what is missing. */
function builtH2spec(): string {
  if (statSync(program, { throwIfNoEntry: false }) !== undefined) return program
  const isThere = provide([{ program: 'go', debian: 'golang-go', why: 'builds h2spec, which checks HTTP/2' }])
  const go = find('go') ?? '/usr/local/go/bin/go'
  if (!isThere) throw new Error('h2spec cannot be built without Go')
  mkdirSync(cache, { recursive: true })
  const building = `${program}.${process.pid}`
  execFileSync(go, ['build', '-mod=readonly', '-o', building, 'github.com/summerwind/h2spec/cmd/h2spec'], {
    cwd: sources,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  renameSync(building, program)
  return program
}

/** How a run of h2spec went. */
export interface H2specResult {
  readonly passed: number
  /** The descriptions of cases that failed. */
  readonly failed: readonly string[]
  readonly skipped: number
  /** Everything it printed. */
  readonly output: string
}

/** Runs h2spec against a port of the loopback, strictly. @param transport `tls` takes any certificate. */
export async function runH2spec(port: number, transport: 'plain' | 'tls'): Promise<H2specResult> {
  const secure = transport === 'tls' ? ['-t', '-k'] : []
  const args = ['-h', '127.0.0.1', '-p', String(port), '--strict', '-o', '5', ...secure]
  const child = spawn(builtH2spec(), args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  for await (const text of child.stdout) output += String(text)
  const [, passed, skipped] = /(\d+) passed, (\d+) skipped/.exec(output) ?? []
  if (passed === undefined) throw new Error(`h2spec did not come to its end:\n${output}`)
  const failures = output.slice(output.indexOf('Failures:'))
  const failed = [...failures.matchAll(/^ *× \d+: (.*)$/gm)].map(([, name]) => name ?? '')
  return { passed: Number(passed), failed, skipped: Number(skipped), output }
}
