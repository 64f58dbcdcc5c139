import { workerData } from 'node:worker_threads'
import { systemClock } from '../../std/clock.ts'
import { hookModules } from '../module-hooks.ts'
import { sayer } from '../said.ts'
import { startFailureWithPlace } from '../start-failure.ts'
import { startHere } from '../start-here.ts'
import { FarCalls } from './far-calls.ts'
import { watchOwnMemory } from './memory-watch.ts'
import type { ThreadStart, ThreadWord } from './messages.ts'
import { keepSources } from './module-sources.ts'
import type { Posted } from './outbox.ts'

// The main file of a thread that runs extensions: it starts them, says so, and carries requests in and out.

const { modules, memory, port, texts } = workerData as ThreadStart
const files = modules.map(({ file }) => file)

function post(posted: Posted, transfer: ArrayBuffer[]): void {
  port.postMessage(posted, transfer)
}

function say(said: ThreadWord): void {
  port.postMessage(said)
}

const log = sayer((said) => say({ kind: 'said', said }), systemClock)

watchOwnMemory(memory, systemClock, () => say({ kind: 'full' }))
hookModules()
const kept = keepSources(files, texts)
try {
  const running = await startHere(modules, 'once', log)
  const calls = new FarCalls(running, post, () => {
    void running.close().finally(() => process.exit(0))
  })
  port.on('message', (posted: Posted) => calls.take(posted))
  say({ kind: 'ready', texts: kept })
} catch (error) {
  say({
    kind: 'unstartable',
    failure: await startFailureWithPlace(error, files),
  })
  port.close()
}
