import type { ChildProcess } from 'node:child_process'
import { type LoadResult, load } from '../../support/load-client.ts'
import { allCpus, childrenOf, pause, stop } from './children.ts'
import { startOrigin } from './origin.ts'
import { launch, type Subject, type SubjectOptions, startTidegate } from './subject.ts'

// Issue 3, "Must show" 5: new connections with one request each, and keep-alive ones, while workers are replaced and killed,
// then SIGTERM, then SIGKILL of the control process under a supervisor. A request that was written on an established
// connection and not answered completely is failed; a connect that was refused is counted apart.

const seconds = 30
const origin = await startOrigin()
const options: SubjectOptions = { origin, workers: 2, cpus: allCpus }
const request = (): string => 'GET / HTTP/1.1\r\nHost: bench.test\r\n\r\n'
let missed = 0

await replaced()
await killed()
await terminated()
await supervised()
if (missed > 0) process.exitCode = 1

interface Loads {
  /** One request for each connection. */
  readonly fresh: LoadResult
  /** Connections that are kept. */
  readonly kept: LoadResult
}

/** Runs both loads while `during` happens, and a moment longer. */
async function under(port: number, during: () => Promise<void>): Promise<Loads> {
  const end = new AbortController()
  const common = { port, request, signal: end.signal }
  const fresh = load({ ...common, connections: 8, perConnection: 1 })
  const kept = load({ ...common, connections: 16 })
  await pause(1000)
  await during()
  end.abort()
  return { fresh: await fresh, kept: await kept }
}

function print(name: string, result: LoadResult): void {
  const reasons = [...result.reasons].map(([reason, count]) => `${reason} ${count}`).join(', ')
  console.log(
    `  ${name}: ${result.sent} sent, ${result.answered} answered, ${result.failed} failed, ${result.refusedByStatus} with an error status, ${result.notConnected} connects refused${reasons === '' ? '' : ` (${reasons})`}`,
  )
}

function judge(name: string, { fresh, kept }: Loads, most: number): void {
  print('one request for each connection', fresh)
  print('keep-alive', kept)
  const failed = fresh.failed + kept.failed + fresh.refusedByStatus + kept.refusedByStatus
  const well = failed <= most
  if (!well) missed++
  console.log(
    `  ${well ? 'reached' : 'MISSED'}: ${name}, ${failed} failed${most === 0 ? '' : ` (at most ${most} were in flight)`}`,
  )
}

async function replaced(): Promise<void> {
  console.log('\nmust show 5: one of two workers is replaced gracefully five times')
  const subject = await startTidegate(options)
  const loads = await under(subject.port, async () => {
    for (let i = 0; i < 5; i++) {
      await pause((seconds / 5) * 1000 - 1000)
      await replace(subject, 'SIGTERM')
    }
    await pause(2000)
  })
  judge('replaced five times', loads, 0)
  await subject.stop()
}

async function killed(): Promise<void> {
  console.log('\nmust show 5: a worker is killed with SIGKILL twice')
  const subject = await startTidegate(options)
  const loads = await under(subject.port, async () => {
    for (let i = 0; i < 2; i++) {
      await pause(3000)
      await replace(subject, 'SIGKILL')
    }
    await pause(3000)
  })
  // Every client has at most one request in flight, at each of the two kills.
  judge('killed twice', loads, 2 * 24)
  await subject.stop()
}

/** Signals a worker and waits until another one has taken its place. */
async function replace(subject: Subject, signal: NodeJS.Signals): Promise<void> {
  const [victim] = childrenOf(subject.pid)
  if (victim === undefined) throw new Error('there is no worker')
  process.kill(victim, signal)
  const end = performance.now() + 20_000
  while (performance.now() < end) {
    const now = childrenOf(subject.pid)
    if (!now.includes(victim) && now.length >= 2) return
    await pause(20)
  }
  throw new Error(`worker ${victim} was not replaced within 20 s`)
}

async function terminated(): Promise<void> {
  console.log('\nmust show 5: SIGTERM under load')
  const subject = await startTidegate(options)
  const loads = await under(subject.port, async () => {
    await pause(3000)
    await subject.stop()
  })
  judge('SIGTERM', loads, 0)
}

/** What systemd does with `Restart=always`: starts it again as soon as it has ended. */
function supervise(
  configFile: string,
  first: ChildProcess,
): { child: ChildProcess; stop: () => Promise<void> } {
  let wanted = true
  const state = {
    child: first,
    async stop() {
      wanted = false
      await stop(state.child)
    },
  }
  const again = (): void => {
    if (!wanted) return
    state.child = launch(configFile, options)
    state.child.once('exit', again)
  }
  first.once('exit', again)
  return state
}

async function supervised(): Promise<void> {
  console.log('\nmust show 5: SIGKILL of the control process under a supervisor')
  const subject = await startTidegate(options)
  const supervisor = supervise(subject.configFile, subject.child)
  const end = new AbortController()
  const answers: number[] = []
  const watching = watch(subject.port, answers, end.signal)
  await pause(1000)
  const at = performance.now()
  supervisor.child.kill('SIGKILL')
  await pause(8000)
  end.abort()
  await watching
  await supervisor.stop()
  const gaps = answers.slice(1).map((time, i) => time - (answers[i] ?? 0))
  const longest = Math.max(0, ...gaps)
  const well = longest <= 2000 && (answers.at(-1) ?? 0) > at + 6000
  if (!well) missed++
  console.log(
    `  ${well ? 'reached' : 'MISSED'}: longest time without an answer ${(longest / 1000).toFixed(2)} s, answers ${answers.length}`,
  )
}

/** Asks on a new connection every few milliseconds, and notes when it was answered. */
async function watch(port: number, answers: number[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const one = await load({
      port,
      connections: 1,
      perConnection: 1,
      total: 1,
      request,
      patienceMs: 1000,
      signal: AbortSignal.any([signal, AbortSignal.timeout(1000)]),
    })
    if (one.answered === 1) answers.push(performance.now())
    await pause(5)
  }
}
