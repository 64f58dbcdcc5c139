import { type ExtensionGroup, extensionGroup, groupLabel } from '../model/filters/extension.ts'
import type { Route } from '../model/route.ts'
import { assert } from '../std/assert.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import { within } from '../std/within.ts'
import type { BrokenExtension } from './broken-extension.ts'
import type { ExtensionHost, Extensions } from './call.ts'
import { Counting } from './counting.ts'
import { type GroupEvent, GroupRunner } from './group-runner.ts'
import type { Instance, InstanceEvents } from './instance.ts'
import { RouteSwitch } from './route-switch.ts'
import { ModuleSources } from './thread/module-sources.ts'

export interface ExtensionSetDeps {
  readonly clock: Clock
  /** How long what was replaced may finish its requests. */
  readonly drainMs: Ms
  /** Starts a group, in a thread or here. */
  readonly launch: (
    group: ExtensionGroup,
    counters: Counting,
    events: InstanceEvents,
    sources: ModuleSources,
  ) => Instance
  /** @param label its modules, as they were written. @param fallback what its routes do when it cannot start. */
  readonly onEvent: (label: string, event: GroupEvent, fallback: 'last good' | 'none') => void
}

/** How long a change waits for its extensions; those that come later are taken into service when they are there. */
const longestStart: Ms = 10_000

interface Entry {
  readonly runner: GroupRunner
  readonly label: string
  /** Routes of a change that is on its way; they do not use it yet. */
  readonly awaitedBy: Set<string>
}

/** Every group that the routes of this process need, by what it is: routes that say the same share one. */
export class ExtensionSet implements Extensions {
  readonly #deps: ExtensionSetDeps
  readonly #entries = new Map<string, Entry>()
  /** What was replaced, until nothing of it is left. */
  readonly #leaving = new Set<Entry>()
  readonly #switches = new Map<string, RouteSwitch>()
  readonly #counters = new Map<string, Counting>()
  #isSweepDue = false

  constructor(deps: ExtensionSetDeps) {
    this.#deps = deps
  }

  async prepare(routes: readonly Route[]): Promise<void> {
    const starting: Promise<void>[] = []
    for (const route of routes) {
      const group = extensionGroup(route.filters)
      if (group === undefined) continue
      const entry = this.#entryOf(group, route.id)
      entry.awaitedBy.add(route.id)
      if (entry.runner.state === 'starting') starting.push(entry.runner.settled)
    }
    if (starting.length === 0) return
    await within(Promise.all(starting), longestStart, this.#deps.clock)
  }

  host(route: Route): ExtensionHost {
    const group = extensionGroup(route.filters)
    assert(group !== undefined, 'only routes with extensions ask for a host')
    const { runner, awaitedBy } = this.#entryOf(group, route.id)
    awaitedBy.delete(route.id)
    const known = this.#switches.get(route.id)
    if (known === undefined) {
      const made = new RouteSwitch(runner)
      this.#switches.set(route.id, made)
      return made
    }
    known.want(runner)
    this.#sweepSoon()
    return known
  }

  forget({ put, removed }: Parameters<Extensions['forget']>[0]): void {
    if (this.#switches.size === 0) return
    let isOne = false
    for (const id of removed) isOne = this.#switches.delete(id) || isOne
    for (const { id, filters } of put)
      if (extensionGroup(filters) === undefined) isOne = this.#switches.delete(id) || isOne
    if (isOne) this.#sweepSoon()
  }

  /** Ends everything; requests that are still inside fail. */
  async close(): Promise<void> {
    this.#switches.clear()
    for (const { awaitedBy } of this.#entries.values()) awaitedBy.clear()
    this.#sweep()
    await Promise.all([...this.#leaving].map(({ runner }) => runner.leave(0)))
  }

  /** What is there now: by the label of a group, its counts and the states of what runs of it. */
  describe(): readonly DescribedExtension[] {
    const entries = [...this.#entries.values(), ...this.#leaving]
    return [...this.#counters].flatMap(([label, counters]) => {
      const runners = entries.filter((entry) => entry.label === label).map(({ runner }) => runner)
      if (runners.length === 0) this.#counters.delete(label)
      return runners.length === 0 ? [] : [{ label, counters, runners }]
    })
  }

  /** What routes ask for and cannot start. */
  broken(): readonly BrokenExtension[] {
    return [...this.#entries.values()].flatMap(({ runner, label, awaitedBy }) => {
      const { failure, failingSince: since, group } = runner
      if (failure === undefined) return []
      const asking = [...this.#switches].flatMap(([id, one]) => (one.uses(runner) ? [id] : []))
      const routes = [...new Set([...asking, ...awaitedBy])].map((id) => {
        const one = this.#switches.get(id)
        return { id, isServed: one !== undefined && one.unavailable === undefined }
      })
      return [{ label, file: group.modules[0]?.file ?? '', failure, since, routes }]
    })
  }

  #entryOf(group: ExtensionGroup, route: string): Entry {
    const known = this.#entries.get(group.id)
    if (known !== undefined) return known
    const label = groupLabel(group)
    const counters = this.#countersOf(label)
    const sources = new ModuleSources()
    const { clock, launch, onEvent } = this.#deps
    const entry: Entry = {
      label,
      awaitedBy: new Set([route]),
      runner: new GroupRunner({
        clock,
        group,
        counters,
        launch: (events) => launch(group, counters, events, sources),
        onEvent: (event) => {
          const isReady = event.kind === 'ready'
          onEvent(label, event, !isReady && this.#hasFallback(entry) ? 'last good' : 'none')
          if (isReady) this.#turn()
        },
      }),
    }
    this.#entries.set(group.id, entry)
    entry.runner.start()
    return entry
  }

  #countersOf(label: string): Counting {
    const known = this.#counters.get(label) ?? new Counting()
    this.#counters.set(label, known)
    return known
  }

  /** Whether every route that asks for a group has something else that serves it meanwhile. */
  #hasFallback({ runner, awaitedBy }: Entry): boolean {
    const awaiting = [...awaitedBy].map((id) => this.#switches.get(id))
    const using = [...this.#switches.values()].filter((one) => one.uses(runner))
    return [...awaiting, ...using].every((one) => one?.canServe() === true)
  }

  /** Something became ready, later than the change that asked for it. */
  #turn(): void {
    for (const one of this.#switches.values()) one.turn()
    this.#sweepSoon()
  }

  /** Once for all routes of a change. */
  #sweepSoon(): void {
    if (this.#isSweepDue) return
    this.#isSweepDue = true
    queueMicrotask(() => this.#sweep())
  }

  /** Ends what no route uses or waits for. */
  #sweep(): void {
    this.#isSweepDue = false
    for (const [id, entry] of this.#entries) {
      if (entry.awaitedBy.size > 0) continue
      const isUsed = [...this.#switches.values()].some((one) => one.uses(entry.runner))
      if (isUsed) continue
      this.#entries.delete(id)
      this.#leaving.add(entry)
      void entry.runner.leave(this.#deps.drainMs).finally(() => this.#leaving.delete(entry))
    }
  }
}

/** A group as metrics show it. */
export interface DescribedExtension {
  readonly label: string
  readonly counters: Counting
  readonly runners: readonly GroupRunner[]
}
