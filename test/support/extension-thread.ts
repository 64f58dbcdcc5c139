import { workerData } from 'node:worker_threads'
import { FarCalls } from '../../src/extend/thread/far-calls.ts'
import type { ThreadStart } from '../../src/extend/thread/messages.ts'
import type { Posted } from '../../src/extend/thread/outbox.ts'
import { scriptedHost } from './scripted-host.ts'

// A thread as `thread-main.ts` is one, with a host that goes by the path of a request in the place of Fastify.

const { port } = workerData as ThreadStart
const calls = new FarCalls(
  scriptedHost(),
  (posted, transfer) => port.postMessage(posted, transfer),
  () => process.exit(0),
)
port.on('message', (posted: Posted) => calls.take(posted))
port.postMessage({ kind: 'ready', texts: new Map() })
