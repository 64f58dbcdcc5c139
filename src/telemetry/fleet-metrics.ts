import { type MetricsSnapshot, mergeSnapshots, withoutGauges } from './metrics-snapshot.ts'

/**
 * The numbers of all processes together. What a process counted stays counted when it is gone, so that no counter
 * ever falls: what is lost with it is only what it counted after its last snapshot.
 */
export class FleetMetrics {
  readonly #living = new Map<string, MetricsSnapshot>()
  #gone: MetricsSnapshot = mergeSnapshots([])

  /** The newest word of a process; its snapshots count from its start, so it replaces the one before. */
  update(process: string, snapshot: MetricsSnapshot): void {
    this.#living.set(process, snapshot)
  }

  /** The process is gone. A replacement needs another name, or must be updated after this. */
  retire(process: string): void {
    const last = this.#living.get(process)
    if (last === undefined) return
    this.#living.delete(process)
    this.#gone = mergeSnapshots([this.#gone, withoutGauges(last)])
  }

  /** Everything, with what the calling process counted itself. */
  merged(own: readonly MetricsSnapshot[]): MetricsSnapshot {
    return mergeSnapshots([this.#gone, ...this.#living.values(), ...own])
  }
}
