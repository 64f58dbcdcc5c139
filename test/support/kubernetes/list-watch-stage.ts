import { ApiError } from '../../../src/sources/kubernetes/api.ts'
import { ListWatch } from '../../../src/sources/kubernetes/list-watch.ts'
import { Outage } from '../../../src/sources/kubernetes/outage.ts'
import { configMaps } from '../../../src/sources/kubernetes/resources.ts'
import type { Change } from '../../../src/sources/kubernetes/table.ts'
import type { ConfigMapObject } from '../../../src/translate/kubernetes/objects.ts'
import { FakeClock } from '../fake-clock.ts'
import { listJson } from './api-objects.ts'
import { type AskedWatch, ScriptedApi } from './scripted-api.ts'

/** A list-and-watch of ConfigMaps against a scripted API, on a clock that the test moves. */
export class ListWatchStage implements AsyncDisposable {
  readonly api = new ScriptedApi()
  readonly clock = new FakeClock()
  readonly outage = new Outage(this.clock)
  readonly changes: string[] = []
  /** The table as it was at every change. */
  readonly sizes: number[] = []
  statuses = 0
  readonly watch: ListWatch<ConfigMapObject>

  constructor() {
    const around = {
      api: this.api,
      clock: this.clock,
      random: () => 0.5,
      silence: 75_000,
      outage: this.outage,
    }
    this.watch = new ListWatch(configMaps({}), around, {
      onChanges: (changes) => this.#heard(changes),
      onStatus: () => {
        this.statuses += 1
      },
    })
    this.watch.start()
  }

  #heard(changes: readonly Change<ConfigMapObject>[]): void {
    for (const { key, before, after } of changes)
      this.changes.push(`${key} ${valueOf(before)} → ${valueOf(after)}`)
    this.sizes.push(this.watch.table.size)
  }

  /** Answers the first list and opens the watch that follows. */
  async started(...items: readonly unknown[]): Promise<AskedWatch> {
    const list = await this.api.nextRequest()
    list.answer(listJson(10, items))
    const watch = await this.api.nextWatch()
    watch.open()
    return watch
  }

  values(): readonly string[] {
    return [...this.watch.table.rows()].map(({ object }) => `${object.meta.name}=${object.data.get('value')}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.watch[Symbol.asyncDispose]()
    await this.clock.advanceAsync(0)
    await ended
  }
}

function valueOf(object: ConfigMapObject | undefined): string {
  return object?.data.get('value') ?? '-'
}

/** An answer that is no success. */
export function failure(status: number, facts: { reason?: string; retryAfter?: number } = {}): ApiError {
  return new ApiError(`failed with ${status}`, { status, ...facts })
}
