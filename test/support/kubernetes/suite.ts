import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import { root } from '../source-files.ts'
import { ControlPlane } from './control-plane.ts'
import { packed } from './event-transport.ts'
import { locationVariable } from './kube-access.ts'
import { openNetwork } from './network.ts'
import type { SuiteOrder } from './suite-process.ts'

// What `suite-process.ts` starts in a network namespace: one control plane, and the test files of test/kubernetes against it.
// Every event goes to the process that started this one, which reports.

const order = JSON.parse(process.argv[2] ?? '') as SuiteOrder
const ending = new AbortController()
process.on('disconnect', () => ending.abort())

openNetwork()
const started = performance.now()
{
  await using plane = await ControlPlane.start()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`a control plane for test/kubernetes is ready at ${plane.url} after ${seconds} s`)
  process.env[locationVariable] = JSON.stringify(plane.location)
  const events = run({
    files: order.files,
    cwd: root,
    // Two files at a time wait for each other little: much of their time is the API server's.
    concurrency: Math.min(availableParallelism(), 4),
    forceExit: false,
    timeout: 180_000,
    signal: ending.signal,
    ...(order.names.length === 0 ? {} : { testNamePatterns: order.names }),
  })
  for await (const event of events) await sent(packed(event))
}
if (process.connected) process.disconnect?.()

function sent(message: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) reject(new Error('nobody started this process to listen to it'))
    else process.send(message, undefined, {}, () => resolve())
  })
}
