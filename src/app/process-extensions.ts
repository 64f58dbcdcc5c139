import type { BrokenExtension } from '../extend/broken-extension.ts'
import type { ExtensionHost, Extensions } from '../extend/call.ts'
import type { ExtensionSet } from '../extend/extension-set.ts'
import type { GroupEvent } from '../extend/group-runner.ts'
import type { Said } from '../extend/said.ts'
import { type ExtensionGroup, groupLabel, isExtension } from '../model/filters/extension.ts'
import type { Route } from '../model/route.ts'
import { assert } from '../std/assert.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import { extensionSnapshot } from '../telemetry/extension-metrics.ts'
import type { Logger } from '../telemetry/log.ts'
import { emptySnapshot, type MetricsSnapshot } from '../telemetry/metrics-snapshot.ts'
import { environment } from './environment.ts'

export interface ProcessExtensionsDeps {
  readonly clock: Clock
  readonly logger: Logger
  /** How long extensions that were replaced may finish their requests. */
  readonly drainMs: Ms
}

/** The extensions of one process: nothing of them is loaded before a route names one. */
export class ProcessExtensions implements Extensions {
  readonly #deps: ProcessExtensionsDeps
  #set: ExtensionSet | undefined

  constructor(deps: ProcessExtensionsDeps) {
    this.#deps = deps
  }

  async prepare(routes: readonly Route[]): Promise<void> {
    if (!routes.some(({ filters }) => filters.some(isExtension))) return
    this.#set ??= await newExtensionSet(this.#deps)
    await this.#set.prepare(routes)
  }

  host(route: Route): ExtensionHost {
    assert(this.#set !== undefined, 'extensions are prepared before they are asked for')
    return this.#set.host(route)
  }

  forget(change: Parameters<Extensions['forget']>[0]): void {
    this.#set?.forget(change)
  }

  broken(): readonly BrokenExtension[] {
    return this.#set?.broken() ?? []
  }

  async close(): Promise<void> {
    if (this.#set === undefined) return
    const { threadsEnded } = await import('../extend/thread/extension-thread.ts')
    await this.#set.close()
    await threadsEnded()
  }

  snapshot(): MetricsSnapshot {
    return this.#set === undefined ? emptySnapshot : extensionSnapshot(this.#set.describe())
  }
}

async function newExtensionSet({ clock, logger, drainMs }: ProcessExtensionsDeps): Promise<ExtensionSet> {
  const [{ ExtensionSet }, { ExtensionThread }, { InlineInstance }, { sayer }] = await Promise.all([
    import('../extend/extension-set.ts'),
    import('../extend/thread/extension-thread.ts'),
    import('../extend/inline-instance.ts'),
    import('../extend/said.ts'),
  ])
  return new ExtensionSet({
    clock,
    drainMs,
    launch(group, counters, events, sources) {
      const extension = groupLabel(group)
      const onSaid = (said: Said): void => tellSaid(logger, extension, said)
      if (group.isolation === 'inline')
        return new InlineInstance({ clock, group, counters, events, log: sayer(onSaid, clock) })
      const onLine = (line: string): void => logger.info('an extension wrote', { extension, line })
      const env = variablesOf(group)
      const onStuck = (): void =>
        logger.error('a thread of an extension does not end; it keeps a core until the process ends', {
          extension,
        })
      return new ExtensionThread({ clock, group, env, counters, events, sources, onLine, onSaid, onStuck })
    },
    onEvent: (extension, event, fallback) => tell(logger, extension, event, fallback),
  })
}

function variablesOf({ env }: ExtensionGroup): Readonly<Record<string, string>> {
  const all = environment()
  return Object.fromEntries(env.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])))
}

function tellSaid(
  logger: Logger,
  extension: string,
  { level, message, fields, requestId, left }: Said,
): void {
  logger[level]('an extension says', {
    extension,
    says: message,
    fields: fields === '' ? undefined : fields,
    requestId,
    leftOut: left === 0 ? undefined : left,
  })
}

function tell(logger: Logger, extension: string, event: GroupEvent, fallback: 'last good' | 'none'): void {
  switch (event.kind) {
    case 'ready':
      return logger.info('an extension is ready', { extension, tookMs: Math.round(event.tookMs) })
    case 'unstartable': {
      const { message, place } = event.failure
      const then =
        fallback === 'last good'
          ? 'the last good one goes on serving'
          : 'its routes answer 503 until its file changes'
      return logger.error(`an extension cannot start; ${then}`, { extension, why: message, place })
    }
    case 'died': {
      const { why, detail, waitMs } = event
      return logger.error('an extension died and is started anew', {
        extension,
        why: `${why}: ${detail}`,
        waitMs: Math.round(waitMs),
      })
    }
  }
}
