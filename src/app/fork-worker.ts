import { fork } from 'node:child_process'
import { extname, join } from 'node:path'
import type { Clock } from '../std/clock.ts'
import type { WorkerPlace } from './messages.ts'
import { type FirstMessages, type WorkerEvents, WorkerProcess } from './worker-process.ts'

/** The worker's main file beside this one: a source, or what the compiler made of it. */
export const workerFile = join(import.meta.dirname, `worker${extname(import.meta.filename)}`)

/**
 * Starts a worker process; it gets our Node, with the same options.
 *
 * @param place as it is when the worker starts: a worker that comes later has the settings of that time.
 */
export function forkWorkers(file: string, clock: Clock, place: (index: number) => WorkerPlace) {
  return (index: number, first: () => FirstMessages | undefined, events: WorkerEvents): WorkerProcess => {
    const child = fork(file, [String(index)], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    return new WorkerProcess({ clock, child, place: place(index), first, events })
  }
}
