import type { ChildProcess } from 'node:child_process'
import type { MaterialVault } from '../control/material-vault.ts'
import type { SocketSet } from '../control/socket-set.ts'
import { PermitOffice } from '../limits/concurrency/permit-office.ts'
import { LeaseOffice } from '../limits/leases/lease-office.ts'
import type { Model } from '../model/model.ts'
import type { Settings } from '../model/settings.ts'
import type { Clock } from '../std/clock.ts'
import type { ControlMetrics } from '../telemetry/control-metrics.ts'
import type { Logger } from '../telemetry/log.ts'
import { connectionCap, expectedUpstreamSockets, openFileLimit } from './connection-cap.ts'
import { forkWorkers, workerFile } from './fork-worker.ts'
import type { TrafficHalf } from './traffic-half.ts'
import { WorkerPool } from './worker-pool.ts'
import type { WorkerEvent } from './worker-slot.ts'

export interface TrafficSetup {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: ControlMetrics
  /** As they are at start, with what the command line says instead. */
  readonly settings: Settings
  /** The model at start, for what limits depend on. */
  readonly model: Model
  /** Where workers that come later find the materials of their first model. */
  readonly vault: MaterialVault
  /** Worker processes that were started ahead. */
  readonly waiting: ChildProcess[]
}

/** Subjects of rate limits that are counted for all workers, some 300 bytes each. */
const mostSubjects = 100_000

/** @param sockets those a fresh worker is to listen on. */
export type NewTraffic = (sockets: () => ReadonlyMap<string, SocketSet>) => TrafficHalf

/** Loads what carries traffic: this process when there is one worker, else worker processes. */
export async function prepareTraffic(setup: TrafficSetup): Promise<NewTraffic> {
  const { clock, logger, metrics, settings, model, vault, waiting } = setup
  const limit = openFileLimit()
  const cap = connectionCap(limit, expectedUpstreamSockets(model, limit))
  logger.info(`workers: ${settings.workers}, with at most ${cap} client connections each`, {
    workers: settings.workers,
    connectionCap: cap,
    openFiles: limit,
  })
  const place = (index: number) => ({ index, settings, connectionCap: cap })
  if (settings.workers === 1) {
    // Loaded where it is needed: a control process starts sooner without what only workers use.
    const { newLocalTraffic } = await import('./local-traffic.ts')
    return () => newLocalTraffic({ clock, logger, place: place(0) })
  }
  const leases = new LeaseOffice(clock, { workers: settings.workers, subjects: mostSubjects })
  metrics.limitSubjects(() => leases.size)
  const offices = { leases, permits: new PermitOffice() }
  const launch = forkWorkers(workerFile, { clock, offices, place, waiting })
  const onEvent = (event: WorkerEvent): void => onWorkerEvent(event, logger, metrics)
  const common = {
    clock,
    random: Math.random,
    size: settings.workers,
    launch,
    onEvent,
    whole: (whole: Model) => vault.whole(whole),
  }
  return (sockets) => new WorkerPool({ ...common, sockets })
}

function onWorkerEvent(event: WorkerEvent, logger: Logger, metrics: ControlMetrics): void {
  const { worker, why } = event
  const fields = { worker: worker.place.index, pid: worker.pid }
  switch (event.kind) {
    case 'started':
      return logger.info('a worker started', fields)
    case 'replacing':
      return logger.info('a worker is being replaced', { ...fields, why })
    case 'finished':
      return logger.info('a worker that was replaced has finished', { ...fields, how: why })
    case 'failed':
      return logger.error('a worker could not do what it was told; please report it', { ...fields, why })
    case 'died':
      metrics.workerRestarted()
      return logger.error('a worker died and is replaced', {
        ...fields,
        how: why,
        waitMs: Math.round(event.waitMs),
      })
  }
}
