import { type ChildProcess, type ForkOptions, spawn } from 'node:child_process'
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { find } from '../../support/packages.ts'

/** A folder for files of this run; removed at the end. */
export const folder = mkdtempSync(join(tmpdir(), 'tidegate-bench-'))
// nginx reads what it serves as another user.
chmodSync(folder, 0o755)

const cpus = availableParallelism()
/** The processor of what is measured, and those of everything else, as `taskset` writes them. */
export const measuredCpu = String(cpus - 1)
export const otherCpus = cpus > 1 ? `0-${cpus - 2}` : '0'
export const allCpus = `0-${cpus - 1}`

const children = new Set<ChildProcess>()

/** Starts a program on some processors; whatever still runs at the end is killed. What it prints goes to a file of the folder. */
export function start(cpu: string, program: string, args: readonly string[]): ChildProcess {
  const log = openSync(join(folder, `${basename(program)}.log`), 'a')
  const child = spawn('taskset', ['-c', cpu, find(program) ?? program, ...args], {
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  return adopt(child)
}

/** Runs a script of this folder on the other processors; what it prints is one JSON value. */
export async function told<T>(script: string, args: readonly (string | number)[]): Promise<T> {
  const file = join(import.meta.dirname, script)
  const child = spawn('taskset', ['-c', otherCpus, process.execPath, file, ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  adopt(child)
  let text = ''
  child.stdout.on('data', (data) => (text += data))
  await new Promise((resolve) => child.once('close', resolve))
  if (child.exitCode !== 0) throw new Error(`${script} ended with ${child.exitCode}`)
  return JSON.parse(text) as T
}

/** What `fork` needs for a script that runs on the other processors. */
export function onOtherCpus(): ForkOptions {
  return { execPath: find('taskset') ?? 'taskset', execArgv: ['-c', otherCpus, process.execPath] }
}

/** Makes sure that a child that was started otherwise is killed at the end too. */
export function adopt(child: ChildProcess): ChildProcess {
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

/** Ends a child and waits for it. */
export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
  await gone
  clearTimeout(timer)
}

process.on('exit', () => {
  // Workers of nginx outlive a master that is killed.
  const pids = [...children].flatMap((child) => (child.pid === undefined ? [] : [child.pid]))
  for (const pid of pids.flatMap(descendantsOf)) killIfThere(pid)
  rmSync(folder, { recursive: true, force: true })
})
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Waits until something accepts on a port. @throws {Error} when nothing does in time. */
export async function listening(port: number, what: string, ms = 20_000): Promise<void> {
  const end = performance.now() + ms
  while (performance.now() < end) {
    const ok = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (ok) return
    await pause(10)
  }
  throw new Error(`${what} did not listen on port ${port} within ${ms} ms`)
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** A process and everything below it, from above: a master that lives a moment longer starts another worker. */
function descendantsOf(pid: number): number[] {
  return [pid, ...childrenIfThere(pid).flatMap(descendantsOf)]
}

function childrenIfThere(pid: number): number[] {
  try {
    return childrenOf(pid)
  } catch {
    return []
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

/** Direct children of a process. */
export function childrenOf(pid: number): number[] {
  const tasks = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return tasks === '' ? [] : tasks.split(' ').map(Number)
}
