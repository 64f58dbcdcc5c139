import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import type { TestEvent } from 'node:test/reporters'
import { needsControlPlane, SuiteProcess } from './kubernetes/suite-process.ts'
import { provide, type Tool } from './packages.ts'
import { Report } from './reporter.ts'
import { Silence } from './silence.ts'
import { root } from './source-files.ts'

// `npm test`: all tests. `npm test -- security/length unit/http` runs the files whose path holds one of the words;
// `--name TEXT` the tests whose name matches. npm puts the pinned Node first on the PATH, so this process is it.
// The files of test/kubernetes run after the others, in a network namespace, against a real control plane.

const needed: readonly Tool[] = [
  { program: 'promtool', debian: 'prometheus', why: 'checks the form of /metrics' },
  { program: 'nginx', debian: 'nginx-light', why: 'is the upstream that others wrote, in test/flow' },
  { program: 'openssl', debian: 'openssl', why: 'writes PKCS#12 and weak keys, in test/unit/sources' },
  { program: 'redis-server', debian: 'redis-server', why: 'counts limits that replicas share, in test/flow' },
  { program: 'haproxy', debian: 'haproxy', why: 'sends and reads PROXY headers, in test/flow' },
]

if (!provide(needed)) process.exit(1)

const { words, names } = parse(process.argv.slice(2))
const files = globSync('test/**/*.test.ts', { cwd: root })
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort()
if (files.length === 0) {
  console.error(`no test file matches ${words.join(' ')}`)
  process.exit(1)
}
const onControlPlane = files.filter(needsControlPlane)
const suite = onControlPlane.length === 0 ? undefined : await SuiteProcess.prepare()
if (onControlPlane.length > 0 && suite === undefined) process.exit(1)

console.log(`${files.length} test files on Node ${process.version}`)
const report = new Report((line) => console.log(line))
const silence = new Silence()
await runHere(files.filter((file) => !needsControlPlane(file)))
await suite
  ?.run({ files: absolute(onControlPlane), names }, silence.signal, take)
  .catch((error: Error) => report.giveUp(error))
report.end()
process.exitCode = report.failed ? 1 : 0

async function runHere(some: readonly string[]): Promise<void> {
  if (some.length === 0) return
  const events = run({
    files: absolute(some),
    cwd: root,
    // A file is a process; more of them than cores only makes the timing of the slow-peer tests worse.
    concurrency: Math.min(availableParallelism(), 8),
    forceExit: false,
    timeout: 120_000,
    signal: silence.signal,
    ...(names.length === 0 ? {} : { testNamePatterns: names }),
  })
  for await (const event of events) take(event)
}

function take(event: TestEvent): void {
  silence.on(event)
  report.on(event)
}

function absolute(some: readonly string[]): string[] {
  return some.map((file) => join(root, file))
}

function parse(args: readonly string[]): { words: string[]; names: string[] } {
  const words: string[] = []
  const names: string[] = []
  for (const [i, arg] of args.entries()) {
    if (args[i - 1] === '--name') names.push(arg)
    else if (arg !== '--name') words.push(arg.replace(/^\.\//, ''))
  }
  return { words, names }
}
