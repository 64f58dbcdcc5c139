/** A proxy that runs and is measured. */
export interface Contender {
  readonly name: string
  readonly port: number
  /** All processes whose CPU time counts. */
  readonly pids: () => readonly number[]
  readonly stop: () => Promise<void>
}
