import { flushCompileCache } from 'node:module'
import { systemClock } from '../std/clock.ts'
import { defectDrainMs, onUncaught } from './defects.ts'
import { openLog } from './log-setup.ts'
import type { FromWorker, ToWorker, WorkerPlace } from './messages.ts'
import { IpcOfficeLink, IpcPermitLink } from './office-link.ts'
import { TrafficProcess } from './traffic-process.ts'
import { WorkerSession } from './worker-session.ts'

// The main file of a worker process: it does what the control process says, and ends when that is gone.

/** Counts are told this often, or seldomer where that would take more than a two-hundredth of the time. */
const tellEvery = 1_000
const tellShare = 200

/** Messages that come before the session is there. */
const early: { readonly message: ToWorker; readonly handle: unknown }[] = []
let session: WorkerSession | undefined

process.on('message', (message, handle: unknown) => onMessage(message as ToWorker, handle))
// Ctrl-C and a service manager's signals reach every process of the group: what to do is the control process's to say.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => {})
process.on('SIGTERM', () => void tell({ kind: 'retire', why: 'SIGTERM' }))

function onMessage(message: ToWorker, handle: unknown): void {
  if (message.kind === 'start') void start(message.place)
  else if (session === undefined) early.push({ message, handle })
  else session.take(message, handle)
}

async function start(place: WorkerPlace): Promise<void> {
  const { level } = place.settings.log
  const { logger } = await openLog(level, { process: `worker-${place.index}`, pid: process.pid }, () => {})
  const leases = new IpcOfficeLink(tell, systemClock)
  const permits = new IpcPermitLink(tell, systemClock)
  const traffic = new TrafficProcess({ clock: systemClock, place, logger, offices: { leases, permits } })
  const own = new WorkerSession({
    traffic,
    logger,
    tell,
    onLeased: (id, grants) => leases.answer(id, grants),
    onPermitted: (id, left) => permits.answer(id, left),
    end: (code) => process.exit(code),
  })

  onUncaught(logger, () => {
    void tell({ kind: 'retire', why: 'an uncaught exception' })
    void own.leave({ delay: 0, timeout: defectDrainMs, websockets: 0 }, 1)
  })
  process.on('disconnect', () => {
    logger.warn('the control process is gone: finishing what is in flight')
    void own.leave(place.settings.drain, 0)
  })
  await traffic.start()
  session = own
  for (const { message, handle } of early) own.take(message, handle)
  // A process that is killed would not keep what it compiled. Only the first start takes longer for it.
  flushCompileCache()
  await tell({ kind: 'started' })
  tellCounts(traffic)
}

function tellCounts(traffic: TrafficProcess): void {
  const began = performance.now()
  void tell({ kind: 'metrics', snapshot: traffic.countsSoFar() })
  const took = performance.now() - began
  setTimeout(() => tellCounts(traffic), Math.max(tellEvery, took * tellShare)).unref()
}

/** Never rejects: a control process that cannot be told is gone, and `disconnect` says so. */
function tell(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, () => resolve())
    else resolve()
  })
}
