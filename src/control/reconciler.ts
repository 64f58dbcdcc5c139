import type { Model, ModelDifference } from '../model/model.ts'
import type { Problem } from '../model/problem.ts'
import { type MembershipChange, membersOf, replaceEndpoints } from '../model/replace-endpoints.ts'
import type { Settings } from '../model/settings.ts'
import { assert } from '../std/assert.ts'
import { applyDifference } from './difference.ts'
import type { LoadFacts, ToldMembership } from './loader-messages.ts'
import { settingsProblems } from './settings-problems.ts'

/** What came of reading the configuration once. */
export interface Loaded extends LoadFacts {
  /** From the model last given to what was read; `undefined` when nothing changed, or when it is bad. */
  readonly difference: ModelDifference | undefined
}

export interface ReconcilerDeps {
  /** Brings a difference to whoever carries traffic; `model` is what it leads to. */
  readonly install: (difference: ModelDifference, model: Model) => void
  /** The same for endpoints alone. */
  readonly move: (change: MembershipChange, model: Model) => void
  /** What else is wrong now, such as a port that is taken. */
  readonly otherProblems: () => readonly Problem[]
  /** Stands in messages about settings. */
  readonly file: string
}

/** What became of something that was loaded. */
export type Reconciled = 'installed' | 'unchanged' | 'kept last good'

/** The model in force, and what is wrong with the one that was read last. */
export class Reconciler {
  readonly #deps: ReconcilerDeps
  #model: Model | undefined
  #settingsAtStart: Settings | undefined
  #problems: readonly Problem[] = []

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps
  }

  /** The model in force; `undefined` before the first good one. */
  get model(): Model | undefined {
    return this.#model
  }

  /** Of the configuration read last, whether or not it was taken, and of what could not be done with it. */
  problems(): readonly Problem[] {
    return [...this.#problems, ...this.#deps.otherProblems()]
  }

  receive(loaded: Loaded): Reconciled {
    const { difference } = loaded
    this.#problems = loaded.problems
    if (loaded.result === 'bad') return 'kept last good'
    const before = this.#model
    if (difference !== undefined) this.#model = applyDifference(before, difference)
    this.#settingsAtStart ??= this.#model?.settings
    this.#problems = [...loaded.problems, ...this.#waitingSettings()]
    if (difference === undefined || this.#model === undefined) return 'unchanged'
    this.#deps.install(difference, this.#model)
    return 'installed'
  }

  /** Takes endpoints that changed. */
  receiveMembership({ changes, problems }: ToldMembership): void {
    if (problems !== undefined) this.#problems = [...problems, ...this.#waitingSettings()]
    for (const change of changes) {
      const from = this.#model
      assert(from?.hash === change.from, `the change starts from ${change.from}, not ${from?.hash}`)
      this.#model = replaceEndpoints(from, change.hash, membersOf(change))
      this.#deps.move(change, this.#model)
    }
  }

  #waitingSettings(): Problem[] {
    if (this.#settingsAtStart === undefined || this.#model === undefined) return []
    return settingsProblems(this.#settingsAtStart, this.#model.settings, this.#deps.file)
  }
}
