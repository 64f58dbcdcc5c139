import { type ReplicaOrigin, replicaOrigins } from '../limits/replicas/replica-origins.ts'
import type { SourceStatus } from '../model/source-status.ts'
import type { Certificate } from '../model/tls.ts'
import { logNames } from './metric-facts.ts'
import { columnOf, layouts } from './metric-layout.ts'
import { emptySnapshot, emptyTable, type MetricsSnapshot, type TableSnapshot } from './metrics-snapshot.ts'

/** How many problems of each severity a load found. */
export interface ProblemCounts {
  readonly errors: number
  readonly warnings: number
}

const columns = {
  loadsGood: columnOf('config_loads_total'),
  loadsBad: columnOf('config_loads_total') + 1,
  lastGood: columnOf('config_last_load_successful'),
  lastSuccess: columnOf('config_last_success_timestamp_seconds'),
  changed: columnOf('config_changed_timestamp_seconds'),
  hash: columnOf('config_hash'),
  errors: columnOf('config_problems'),
  warnings: columnOf('config_problems') + 1,
  leader: columnOf('leader'),
  workers: columnOf('workers'),
  replicas: columnOf('rate_limit_replicas'),
  limitSubjects: columnOf('rate_limit_subjects'),
  workerRestarts: columnOf('worker_restarts_total'),
  logLinesDropped: columnOf('log_lines_dropped_total'),
} as const

const sourceColumns = {
  current: columnOf('source_current'),
  heard: columnOf('source_heard_timestamp_seconds'),
  objects: columnOf('source_objects'),
  errors: columnOf('source_errors_total'),
  relists: columnOf('source_relists_total'),
} as const

/** What the control process counts: configuration and workers. */
export class ControlMetrics {
  readonly #cells = new Float64Array(layouts.process.width)
  readonly #version: string
  #certificates: TableSnapshot = emptyTable
  #sources: TableSnapshot = emptyTable
  #limitSubjects = (): number => 0

  constructor(version: string) {
    this.#version = version
  }

  /**
   * A configuration was loaded and is in force.
   *
   * @param hash of the model, hexadecimal; an equal one means that nothing changed.
   * @param wall milliseconds since 1970.
   */
  configLoaded(hash: string, problems: ProblemCounts, wall: number): void {
    this.#cells[columns.lastGood] = 1
    this.changesLoaded(hash, problems, wall)
  }

  /**
   * What sources told was taken; files that were refused before are as bad as they were.
   *
   * @param problems `undefined` when they are those that were counted last.
   */
  changesLoaded(hash: string, problems: ProblemCounts | undefined, wall: number): void {
    this.#add(columns.loadsGood, 1)
    if (this.#cells[columns.lastGood] === 1) this.#cells[columns.lastSuccess] = wall / 1000
    if (problems !== undefined) this.#countProblems(problems)
    const number = hashNumber(hash)
    if (this.#cells[columns.hash] === number) return
    this.#cells[columns.hash] = number
    this.#cells[columns.changed] = wall / 1000
  }

  /** A configuration was refused; the last good one stays. */
  configFailed(problems: ProblemCounts): void {
    this.#add(columns.loadsBad, 1)
    this.#cells[columns.lastGood] = 0
    this.#countProblems(problems)
  }

  workersRunning(count: number): void {
    this.#cells[columns.workers] = count
  }

  /** Gateways that share the store of rate limits, and who says so. */
  replicas(count: number, from: ReplicaOrigin): void {
    for (const [at, origin] of replicaOrigins.entries())
      this.#cells[columns.replicas + at] = origin === from ? count : 0
  }

  /** The certificates of the configuration in force; those of one file and name share a row, which says the later date. */
  certificates(all: readonly Pick<Certificate, 'file' | 'names' | 'notAfter'>[]): void {
    const byRow = new Map<string, number>()
    for (const { file, names, notAfter } of all) {
      const row = `${file}\0${names[0] ?? ''}`
      byRow.set(row, Math.max(byRow.get(row) ?? 0, notAfter / 1000))
    }
    this.#certificates = { ids: [...byRow.keys()], cells: Float64Array.from(byRow.values()) }
  }

  /** How sources besides files stand. @param isLeader whether this process writes status and events. */
  sources(all: readonly SourceStatus[], isLeader: boolean | undefined): void {
    const { width } = layouts.source
    const cells = new Float64Array(width * all.length)
    for (const [row, source] of all.entries()) {
      const at = row * width
      cells[at + sourceColumns.current] = source.state === 'current' ? 1 : 0
      cells[at + sourceColumns.heard] = source.heardAt / 1000
      cells[at + sourceColumns.objects] = source.objects
      cells[at + sourceColumns.errors] = source.errors
      cells[at + sourceColumns.relists] = source.relists
    }
    this.#sources = { ids: all.map(({ name }) => name), cells }
    this.#cells[columns.leader] = isLeader === true ? 1 : 0
  }

  /** @param count tells how many clients and keys this process keeps the counts of, for all workers. */
  limitSubjects(count: () => number): void {
    this.#limitSubjects = count
  }

  /** A worker died and was replaced. */
  workerRestarted(): void {
    this.#add(columns.workerRestarts, 1)
  }

  logLinesDropped(log: (typeof logNames)[number], count: number): void {
    this.#add(columns.logLinesDropped + logNames.indexOf(log), count)
  }

  snapshot(): MetricsSnapshot {
    this.#cells[columns.limitSubjects] = this.#limitSubjects()
    return {
      ...emptySnapshot,
      certificate: this.#certificates,
      source: this.#sources,
      build: { ids: [this.#version], cells: Float64Array.of(1) },
      process: { ids: [''], cells: this.#cells.slice() },
    }
  }

  #countProblems({ errors, warnings }: ProblemCounts): void {
    this.#cells[columns.errors] = errors
    this.#cells[columns.warnings] = warnings
  }

  #add(column: number, count: number): void {
    this.#cells[column] = (this.#cells[column] ?? 0) + count
  }
}

/** 48 bits of a hexadecimal hash, which a double holds exactly; 0 when it is none. */
function hashNumber(hash: string): number {
  const number = Number.parseInt(hash.slice(0, 12), 16)
  return Number.isNaN(number) ? 0 : number
}
