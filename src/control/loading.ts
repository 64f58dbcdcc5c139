import { buildModel, type Parts } from '../model/build.ts'
import type { Material } from '../model/material.ts'
import type { Model, ModelDifference } from '../model/model.ts'
import type { Problem } from '../model/problem.ts'
import { replaceEndpoints } from '../model/replace-endpoints.ts'
import type { Clock } from '../std/clock.ts'
import type { Random } from '../std/random.ts'
import type { Ms } from '../std/units.ts'
import type { KubernetesPieces, MembershipPieces } from '../translate/kubernetes/pieces.ts'
import { untilComplete, withKubernetes } from '../translate/with-kubernetes.ts'
import { difference } from './difference.ts'
import type { KubernetesHalf } from './kubernetes/kubernetes-half.ts'
import { KubernetesStart } from './kubernetes/kubernetes-start.ts'
import type { Say } from './kubernetes/say.ts'
import { LoadMemory, type LoadOptions, loadFiles } from './load.ts'
import type { LoadFacts, SourcesReport } from './loader-messages.ts'

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
  /** Of this model, and of the last that came of it by other endpoints: a shape may stand for days while pods come and go. */
  readonly hashes: Set<string>
}

/** Problems beyond these are counted, not sent. */
const mostProblems = 1000

/** Models that differ in endpoints alone and are waited for at once; of any more, only the newest ones count. */
const mostHashes = 100

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
  #inForce = ''

  constructor(deps: LoadingDeps) {
    this.#deps = deps
    this.#model = deps.previous
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

  /** Takes what sources have told. */
  takeChanges(): LoadResult {
    const half = this.#kubernetes?.half
    const due = half?.take()
    if (half === undefined || due === undefined || this.#good === undefined)
      return this.#result('changes', 'good', undefined)
    const members = due.kind === 'shape' ? undefined : half.membership(due.services)
    if (members === undefined || members.hasNewShape)
      return this.#result('changes', 'good', this.#translateAll(this.#good))
    return this.#result('membership', 'good', this.#replaceMembers(half, members))
  }

  /** Tells those who write status, for whom models that differ in endpoints alone are one. */
  inForce(hash: string): void {
    this.#inForce = hash
    if (this.#reported?.hashes.has(hash) === true) this.#kubernetes?.half?.inForce(this.#reported.hash)
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
    this.#kubernetesProblems = pieces.problems
    const model = buildModel(withKubernetes(parts, pieces), ranks)
    const changes = this.#become(model, [...materials, ...pieces.materials])
    this.#reported = { hash: model.hash, accepted: pieces.accepted, hashes: new Set([model.hash]) }
    half.report(model.hash, pieces)
    this.inForce(this.#inForce)
    return changes
  }

  #become(model: Model, materials: readonly Material[]): ModelDifference | undefined {
    const changes = difference(this.#model, model, materials)
    this.#model = model
    return changes
  }

  /** The fast lane: nothing but endpoints is looked at. */
  #replaceMembers(
    half: KubernetesHalf,
    { endpoints, problems }: MembershipPieces,
  ): ModelDifference | undefined {
    if (this.#model === undefined) return undefined
    const replaced = replaceEndpoints(this.#model, endpoints)
    if (this.#reported !== undefined) addRecent(this.#reported.hashes, replaced.model.hash)
    if (problems !== this.#kubernetesProblems && this.#reported !== undefined) {
      this.#kubernetesProblems = problems
      half.report(this.#reported.hash, { problems, accepted: this.#reported.accepted })
    }
    if (replaced.changed.length === 0) return undefined
    const from = this.#model.hash
    this.#model = replaced.model
    const none = { put: [], removed: [] }
    const { hash, settings } = replaced.model
    return {
      hash,
      from,
      settings,
      listeners: none,
      routes: none,
      clusters: { put: replaced.changed, removed: [] },
      materials: none,
    }
  }

  #result(
    what: LoadFacts['what'],
    result: LoadFacts['result'],
    changes: ModelDifference | undefined,
  ): LoadResult {
    const problems = shortened([...this.#fileProblems, ...this.#kubernetesProblems])
    return {
      what,
      result,
      difference: changes,
      problems,
      files: this.#files,
      waitingFor: this.#waitingFor(),
    }
  }
}

function addRecent(hashes: Set<string>, hash: string): void {
  hashes.delete(hash)
  hashes.add(hash)
  const [oldest] = hashes
  if (oldest !== undefined && hashes.size > mostHashes) hashes.delete(oldest)
}

function shortened(problems: readonly Problem[]): readonly Problem[] {
  const last = problems[mostProblems]
  if (last === undefined) return problems
  const message = `and ${problems.length - mostProblems} more problems from here on`
  return [...problems.slice(0, mostProblems), { ...last, message, remedy: 'see the first ones' }]
}
