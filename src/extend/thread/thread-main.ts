import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '../../std/assert.ts'
import { systemClock } from '../../std/clock.ts'
import { hookModules } from '../module-hooks.ts'
import { sayer } from '../said.ts'
import { startFailureWithPlace } from '../start-failure.ts'
import { startHere } from '../start-here.ts'
import { FarCalls } from './far-calls.ts'
import type { ThreadStart, ThreadWord } from './messages.ts'
import type { Posted } from './outbox.ts'

// The main file of a thread that runs extensions: it starts them, says so, and carries requests in and out.

assert(parentPort !== null, 'extensions run in a worker thread')
const port = parentPort
const { modules } = workerData as ThreadStart

function post(posted: Posted, transfer: ArrayBuffer[]): void {
  port.postMessage(posted, transfer)
}

function say(said: ThreadWord): void {
  port.postMessage(said)
}

const log = sayer((said) => say({ kind: 'said', said }), systemClock)

hookModules()
try {
  const running = await startHere(modules, 'once', log)
  const calls = new FarCalls(running, post, () => {
    void running.close().finally(() => process.exit(0))
  })
  port.on('message', (posted: Posted) => calls.take(posted))
  say({ kind: 'ready' })
} catch (error) {
  say({
    kind: 'unstartable',
    failure: await startFailureWithPlace(
      error,
      modules.map(({ file }) => file),
    ),
  })
  port.close()
}
