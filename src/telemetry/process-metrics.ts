import { opendir, stat } from 'node:fs/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Ms } from '../std/units.ts'
import { columnOf, layouts } from './metric-layout.ts'
import { emptySnapshot, type MetricsSnapshot } from './metrics-snapshot.ts'

/** How often the event loop is looked at; every look wakes the process. */
const resolution: Ms = 20
const nanosecondsPerSecond = 1e9
const microsecondsPerSecond = 1e6

const columns = {
  delayMean: columnOf('event_loop_delay_mean_seconds'),
  delayP99: columnOf('event_loop_delay_p99_seconds'),
  delayMax: columnOf('event_loop_delay_max_seconds'),
  openFds: columnOf('open_fds'),
  residentMemory: columnOf('resident_memory_bytes'),
  cpu: columnOf('cpu_seconds_total'),
  started: columnOf('start_timestamp_seconds'),
} as const

/** What the host says of this process: one per process. */
export class ProcessMetrics implements Disposable {
  readonly #delay = monitorEventLoopDelay({ resolution })
  readonly #startedWall: number

  /** @param startedWall when the process started, milliseconds since 1970. */
  constructor(startedWall: number) {
    this.#startedWall = startedWall
  }

  /** Event-loop delay is measured from now on. */
  start(): void {
    this.#delay.enable()
  }

  [Symbol.dispose](): void {
    this.#delay.disable()
  }

  /** Event-loop delays are those since the last snapshot. */
  async snapshot(): Promise<MetricsSnapshot> {
    const cells = new Float64Array(layouts.process.width)
    cells[columns.openFds] = await countOpenFds()
    cells[columns.residentMemory] = process.memoryUsage.rss()
    const { user, system } = process.cpuUsage()
    cells[columns.cpu] = (user + system) / microsecondsPerSecond
    cells[columns.started] = this.#startedWall / 1000
    if (this.#delay.count > 0) {
      cells[columns.delayMean] = delaySeconds(this.#delay.mean)
      cells[columns.delayP99] = delaySeconds(this.#delay.percentile(99))
      cells[columns.delayMax] = delaySeconds(this.#delay.max)
    }
    this.#delay.reset()
    return {
      ...emptySnapshot,
      process: { ids: [''], cells },
    }
  }
}

/** What Node measures is the time between two looks, so the part that was meant is taken off. */
function delaySeconds(nanoseconds: number): number {
  return Math.max(0, nanoseconds / nanosecondsPerSecond - resolution / 1000)
}

/** Linux 6.2 tells the number as the size of the folder; before, it is counted; elsewhere it is not known: 0. */
async function countOpenFds(): Promise<number> {
  try {
    const { size } = await stat('/proc/self/fd')
    return size > 0 ? size : await countEntries('/proc/self/fd')
  } catch {
    return 0
  }
}

/** Counted in steps, as a gateway may hold 50,000. The handle that counts is among them and taken off. */
async function countEntries(path: string): Promise<number> {
  let count = 0
  for await (const _ of await opendir(path, { bufferSize: 512 })) count += 1
  return count - 1
}
