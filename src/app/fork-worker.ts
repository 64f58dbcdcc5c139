import { type ChildProcess, fork } from 'node:child_process'
import { extname, join } from 'node:path'
import type { Clock } from '../std/clock.ts'
import type { WorkerPlace } from './messages.ts'
import { type FirstMessages, type Offices, type WorkerEvents, WorkerProcess } from './worker-process.ts'

/** The worker's main file beside this one: a source, or what the compiler made of it. */
export const workerFile = join(import.meta.dirname, `worker${extname(import.meta.filename)}`)

/**
 * No `eval` and no `new Function` where bytes of strangers arrive: nothing that workers load makes code from text. The control
 * process cannot have it, as Fastify's router is compiled; so neither can a gateway whose one process does both.
 */
const workerOptions = ['--disallow-code-generation-from-strings']

/** Starts a process that waits to be told what it is. It gets our Node, with the same options and those of workers. */
export function forkChild(file: string): ChildProcess {
  const child = fork(file, [], {
    execArgv: [...process.execArgv, ...workerOptions],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  // Whoever starts the worker listens too; until then a process that could not be made is just not there.
  child.on('error', () => {})
  return child
}

export interface ForkDeps {
  readonly clock: Clock
  readonly offices: Offices
  /** As it is when the worker starts: a worker that comes later has the settings of that time. */
  readonly place: (index: number) => WorkerPlace
  /** Processes that wait already; they are used first. */
  readonly waiting: ChildProcess[]
}

/** Starts workers. */
export function forkWorkers(file: string, { clock, offices, place, waiting }: ForkDeps) {
  return (index: number, first: () => FirstMessages | undefined, events: WorkerEvents): WorkerProcess => {
    const child = takeLiving(waiting) ?? forkChild(file)
    return new WorkerProcess({ clock, child, offices, place: place(index), first, events })
  }
}

function takeLiving(waiting: ChildProcess[]): ChildProcess | undefined {
  for (let child = waiting.pop(); child !== undefined; child = waiting.pop()) {
    if (child.connected && child.exitCode === null && child.signalCode === null) return child
  }
  return undefined
}
