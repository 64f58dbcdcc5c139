import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LoadResult, load } from '../../support/load-client.ts'
import { adopt, allCpus, folder, pause } from './children.ts'
import type { Fault } from './faulty-origin.ts'
import { startTidegate } from './subject.ts'

// Issue 3, "Must show" 8: 16 clients, three upstreams, one of which fails; 2,000 GETs and 2,000 POSTs each, with the
// defaults and with the settings that the documentation recommends. With these no GET fails but those that are cut in mid
// answer; no POST ever runs twice. Resets hit a quarter of the requests of the faulty upstream, so that ejection does
// not hide them; the others hit it for good after a third of the requests.

interface Scenario {
  readonly name: string
  readonly fault: Fault
  /** Done to the faulty upstream while the load runs. */
  readonly act?: (child: ChildProcess) => void
}

const scenarios: readonly Scenario[] = [
  { name: 'killed', fault: 'none', act: (child) => child.kill('SIGKILL') },
  { name: 'refuses new connections', fault: 'none', act: (child) => child.send('refuse') },
  { name: 'stopped (SIGSTOP)', fault: 'none', act: (child) => child.kill('SIGSTOP') },
  { name: 'resets before the answer', fault: 'reset before' },
  { name: 'resets in mid answer', fault: 'reset in mid answer' },
  { name: 'closes idle connections', fault: 'close idle' },
]

const recommended = {
  timeouts: { perTry: '1s' },
  retry: {
    attempts: 2,
    on: ['connect', 'reset', 'timeout'],
    methods: ['GET', 'HEAD'],
    budget: { percent: 50, minimum: 10 },
  },
}

const total = 2000
let files = 0
const lines: string[] = []
let missed = 0

for (const [setting, route] of [
  ['defaults', {}],
  ['recommended', recommended],
] as const) {
  for (const scenario of scenarios) lines.push(await play(setting, route, scenario))
}
console.log(
  '\nmust show 8: failed of 2,000 each (answered with an error status or not completely), and POSTs that ran twice',
)
console.log(['settings   ', 'one of three upstreams   ', 'GETs', 'POSTs', 'POSTs run twice', ''].join(' | '))
for (const line of lines) console.log(line)
console.log(missed === 0 ? 'reached' : 'MISSED')
if (missed > 0) process.exitCode = 1

async function play(setting: string, route: object, scenario: Scenario): Promise<string> {
  const get = await run(route, scenario, 'GET')
  const post = await run(route, scenario, 'POST')
  const allowed = setting === 'recommended' && scenario.fault !== 'reset in mid answer' ? 0 : total
  const well = get.failed <= allowed && post.twice === 0
  if (!well) missed++
  const cells = [
    setting.padEnd(11),
    scenario.name.padEnd(25),
    String(get.failed).padStart(4),
    String(post.failed).padStart(5),
    String(post.twice).padStart(15),
  ]
  return [...cells, well ? '' : 'MISSED', `${get.reasons} / ${post.reasons}`].join(' | ')
}

async function run(
  route: object,
  scenario: Scenario,
  method: 'GET' | 'POST',
): Promise<{ failed: number; twice: number; reasons: string }> {
  const file = join(folder, `executed-${++files}`)
  const faulty = await startUpstream(scenario.fault, file)
  const others = [await startUpstream('none', file), await startUpstream('none', file)]
  const endpoints = [faulty, ...others].map(({ port }) => `127.0.0.1:${port}`)
  const config = { routes: [{ to: 'c', ...route }], clusters: { c: { endpoints } } }
  const subject = await startTidegate({ origin: 0, workers: 1, cpus: allCpus, config })
  let begun = 0
  const result = await load({
    port: subject.port,
    connections: 16,
    total,
    // Clients that pause leave connections idle, which is when an upstream closes them.
    thinkMs: () => 1 + ((begun * 7) % 20),
    patienceMs: 5000,
    request(n) {
      if (++begun === Math.floor(total / 3)) scenario.act?.(faulty.child)
      return requestText(method, n)
    },
  })
  await subject.stop()
  for (const { child } of [faulty, ...others]) child.kill('SIGKILL')
  await pause(50)
  return { failed: result.failed + result.refusedByStatus, twice: repeated(file), reasons: shown(result) }
}

function requestText(method: string, n: number): string {
  const head = `${method} /x HTTP/1.1\r\nHost: bench.test\r\nx-load-id: ${n}\r\n`
  return method === 'POST' ? `${head}content-length: 4\r\n\r\nbody` : `${head}\r\n`
}

async function startUpstream(fault: Fault, file: string): Promise<{ child: ChildProcess; port: number }> {
  const child = adopt(fork(join(import.meta.dirname, 'faulty-origin.ts'), ['0', fault, file]))
  child.on('error', () => undefined)
  const port = await new Promise<number>((resolve) =>
    child.once('message', (message) => resolve(Number(message))),
  )
  return { child, port }
}

/** POSTs that more than one upstream, or one more than once, has executed. */
function repeated(file: string): number {
  if (!existsSync(file)) return 0
  const ids = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  return ids.length - new Set(ids).size
}

function shown(result: LoadResult): string {
  const reasons = [...result.reasons].map(([reason, count]) => `${reason}: ${count}`)
  return reasons.length === 0 ? 'none' : reasons.join(', ')
}
