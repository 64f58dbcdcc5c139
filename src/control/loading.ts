import { buildModel, type Parts } from '../model/build.ts'
import type { Material } from '../model/material.ts'
import type { Model, ModelDifference } from '../model/model.ts'
import type { Problem } from '../model/problem.ts'
import { type MembershipChange, membershipChange, replaceEndpoints } from '../model/replace-endpoints.ts'
import type { Clock } from '../std/clock.ts'
import type { Random } from '../std/random.ts'
import type { Ms } from '../std/units.ts'
import type { KubernetesPieces } from '../translate/kubernetes/pieces.ts'
import { untilComplete, withKubernetes } from '../translate/with-kubernetes.ts'
import { difference } from './difference.ts'
import { KubernetesStart } from './kubernetes/kubernetes-start.ts'
import type { Say } from './kubernetes/say.ts'
import { LoadMemory, type LoadOptions, loadFiles } from './load.ts'
import { type LoadFacts, type SourcesReport, slices, type ToldMembership } from './loader-messages.ts'

export interface LoadingDeps {
  readonly options: LoadOptions
  /** The model that the first difference starts from. */
  readonly previous: Model | undefined
  readonly clock: Clock
  readonly random: Random
  readonly onChanged: () => void
  readonly onSources: (report: SourcesReport) => void
  readonly say: Say
}

export interface LoadResult extends LoadFacts {
  readonly difference: ModelDifference | undefined
}

/** What the files said when they were good last. */
interface Files {
  readonly parts: Parts
  readonly materials: readonly Material[]
}

/** What was said of the newest shape. */
interface Reported {
  readonly hash: string
  readonly accepted: KubernetesPieces['accepted']
}

/** Problems beyond these are counted, not sent. */
const mostProblems = 1000

/** Everything the configuration comes from: files, and the sources that they name. Gives differences, each from the one before. */
export class Loading {
  readonly #deps: LoadingDeps
  readonly #memory = new LoadMemory()
  #model: Model | undefined
  #good: Files | undefined
  #fileProblems: readonly Problem[] = []
  #kubernetesProblems: readonly Problem[] = []
  #files: readonly string[] = []
  #kubernetes: KubernetesStart | undefined
  #reported: Reported | undefined
  #inForce: string
  /** Slices said more than endpoints: everything is to be translated. */
  #isShapeOwed = false

  constructor(deps: LoadingDeps) {
    this.#deps = deps
    this.#model = deps.previous
    this.#inForce = deps.previous?.hash ?? ''
  }

  /** Reads the files again. Bad ones change nothing; the sources go on with what was good last. */
  readFiles(): LoadResult {
    const { parts, materials, problems, files } = loadFiles(this.#deps.options, this.#memory)
    this.#files = files
    this.#fileProblems = problems
    if (parts === undefined) return this.#result('files', 'bad', undefined)
    const isFirst = this.#good === undefined
    this.#good = { parts, materials }
    // Sources are chosen at start: one that came later would have to be waited for, and what is served would be gone meanwhile.
    if (isFirst) this.#startSources(parts)
    this.#kubernetes?.half?.take()
    return this.#result('files', 'good', this.#translateAll(this.#good))
  }

  /** Takes what sources have told, and translates everything. */
  takeChanges(): LoadResult {
    const isDue = this.#kubernetes?.half?.take() === true || this.#isShapeOwed
    if (!isDue || this.#good === undefined) return this.#result('changes', 'good', undefined)
    return this.#result('changes', 'good', this.#translateAll(this.#good))
  }

  /**
   * The fast lane: takes what sources have told when it is nothing but endpoints, and looks at nothing else.
   *
   * @returns `undefined` when there is more: `takeChanges` is to be called.
   */
  takeMembership(): ToldMembership | undefined {
    const half = this.#kubernetes?.half
    const services = half?.takeMembership()
    if (half === undefined || services === undefined || this.#model === undefined) return undefined
    const members = half.membership(services)
    if (members === undefined || members.hasNewShape) {
      this.#isShapeOwed = true
      return undefined
    }
    const changes: MembershipChange[] = []
    for (const entries of slices([...members.endpoints])) {
      const change = membershipChange(this.#model, entries)
      if (change === undefined) continue
      this.#model = replaceEndpoints(this.#model, change.hash, entries)
      changes.push(change)
    }
    const { problems } = members
    if (problems === this.#kubernetesProblems) return { changes }
    this.#kubernetesProblems = problems
    if (this.#reported !== undefined) half.report(this.#reported.hash, { ...this.#reported, problems })
    return { changes, problems: this.#problems() }
  }

  /** Tells those who write status, for whom models that differ in endpoints alone are one. */
  inForce(hash: string): void {
    this.#inForce = hash
    this.#kubernetes?.half?.inForce(hash)
  }

  async stop(atMost: Ms): Promise<void> {
    await this.#kubernetes?.stop(atMost)
  }

  #startSources({ settings }: Parts): void {
    if (settings.kubernetes === undefined) return
    const { options, clock, random, say, onChanged, onSources } = this.#deps
    const { materials } = this.#memory
    const { env } = options
    this.#kubernetes = new KubernetesStart({
      settings,
      env,
      clock,
      random,
      materials,
      say,
      onDue: onChanged,
      onSources,
    })
    this.#kubernetes.start(settings.kubernetes)
  }

  #waitingFor(): readonly string[] {
    return this.#kubernetes?.waitingFor() ?? []
  }

  #translateAll({ parts, materials }: Files): ModelDifference | undefined {
    const half = this.#kubernetes?.half
    const ranks = new Map(this.#model?.routes.map(({ id, rank }) => [id, rank]))
    if (this.#kubernetes === undefined) return this.#become(buildModel(parts, ranks), materials)
    if (half === undefined || this.#waitingFor().length > 0) {
      // A thread that took the place of another has a model to keep; the first of all has nothing to serve.
      if (this.#deps.previous !== undefined) return undefined
      return this.#become(buildModel(untilComplete(parts), ranks), [])
    }
    const pieces = half.translate(parts)
    if (pieces === undefined) return undefined
    this.#isShapeOwed = false
    this.#kubernetesProblems = pieces.problems
    const model = buildModel(withKubernetes(parts, pieces), ranks)
    const changes = this.#become(model, [...materials, ...pieces.materials])
    this.#reported = { hash: model.hash, accepted: pieces.accepted }
    half.report(model.hash, pieces)
    this.inForce(this.#inForce)
    return changes
  }

  #become(model: Model, materials: readonly Material[]): ModelDifference | undefined {
    const changes = difference(this.#model, model, materials)
    this.#model = model
    return changes
  }

  #result(
    what: LoadFacts['what'],
    result: LoadFacts['result'],
    changes: ModelDifference | undefined,
  ): LoadResult {
    const problems = this.#problems()
    return { what, result, difference: changes, problems, files: this.#files, waitingFor: this.#waitingFor() }
  }

  #problems(): readonly Problem[] {
    return shortened([...this.#fileProblems, ...this.#kubernetesProblems])
  }
}

function shortened(problems: readonly Problem[]): readonly Problem[] {
  const last = problems[mostProblems]
  if (last === undefined) return problems
  const message = `and ${problems.length - mostProblems} more problems from here on`
  return [...problems.slice(0, mostProblems), { ...last, message, remedy: 'see the first ones' }]
}
