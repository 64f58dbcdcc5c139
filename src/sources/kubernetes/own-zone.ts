import type { SourceStatus } from '../../model/source-status.ts'
import type { Ms } from '../../std/units.ts'
import { ApiError } from './api.ts'
import type { WatchSurroundings } from './list-watch.ts'
import { readNode } from './read/others.ts'
import { pause, retryDelay } from './retry-delay.ts'
import { Standing } from './standing.ts'

/** A node does not move; a label that was forgotten may be put on. */
const askAgain: Ms = 600_000

export interface OwnZoneListeners {
  readonly onZone: (zone: string) => void
  readonly onStatus: () => void
}

/** The zone of the node that the gateway runs on, where nodes are not watched as a whole. */
export class OwnZone implements AsyncDisposable {
  readonly #node: string
  readonly #around: WatchSurroundings
  readonly #onZone: (zone: string) => void
  readonly #standing: Standing
  readonly #end = new AbortController()
  #zone = ''
  #running: Promise<void> | undefined

  constructor(node: string, around: WatchSurroundings, { onZone, onStatus }: OwnZoneListeners) {
    this.#node = node
    this.#around = around
    this.#onZone = onZone
    this.#standing = new Standing(`nodes ${node}`, around.clock, onStatus)
  }

  start(): void {
    this.#running ??= this.#run()
  }

  get isSettled(): boolean {
    return this.#standing.isSettled
  }

  status(): SourceStatus {
    return this.#standing.status(this.#zone === '' ? 0 : 1)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#around
    const { signal } = this.#end
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      const failure = await this.#ask()
      if (signal.aborted) return
      if (failure === undefined) attempt = 0
      const isFinal = failure === undefined || failure.status === 403 || failure.status === 404
      await pause(clock, isFinal ? askAgain : retryDelay(attempt, random, failure.retryAfter), signal)
    }
  }

  async #ask(): Promise<ApiError | undefined> {
    try {
      const { signal } = this.#end
      const path = `/api/v1/nodes/${encodeURIComponent(this.#node)}`
      const cut = readNode(await this.#around.api.request('GET', path, { signal }))
      const zone = cut.kind === 'read' ? cut.object.zone : ''
      if (zone !== this.#zone) this.#onZone(zone)
      this.#zone = zone
      this.#standing.following()
      return undefined
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const isAnswer = error.status === 403 || error.status === 404
      if (isAnswer) this.#standing.refused(error.message)
      else if (!this.#end.signal.aborted) this.#standing.failed(error.message)
      return error
    }
  }
}
