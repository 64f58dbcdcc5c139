import { setFlagsFromString } from 'node:v8'
import type { Worker } from 'node:worker_threads'

const flag = 'disallow-code-generation-from-strings'

/** Threads that start and whose global object is not there yet. */
let starting = 0

/** Whether this process may make no code from text: worker processes are started so. */
export function isCodeFromTextRefused(): boolean {
  return process.execArgv.includes(`--${flag}`)
}

/**
 * Starts a thread that may make code from text, as Fastify does for its router, in a process that otherwise may not. V8 looks at its
 * flag when a global object is made, and never again: that of this thread keeps what it has.
 */
export function withCodeFromText(start: () => Worker): Worker {
  if (!isCodeFromTextRefused()) return start()
  setFlagsFromString(`--no-${flag}`)
  starting += 1
  let isCounted = true
  const done = (): void => {
    if (!isCounted) return
    isCounted = false
    starting -= 1
    if (starting === 0) setFlagsFromString(`--${flag}`)
  }
  const worker = start()
  worker.once('online', done)
  worker.once('exit', done)
  return worker
}
