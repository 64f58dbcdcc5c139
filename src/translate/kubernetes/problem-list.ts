import type { PlacedWish } from './backend-trees.ts'
import type { ClassSettings } from './class-settings.ts'
import type { ClusterTable } from './cluster-table.ts'
import type { DefaultRoutes } from './default-routes.ts'
import { problemAt, warning } from './object-problem.ts'
import type { ObjectProblem } from './pieces.ts'
import type { IngressRead } from './read-ingress.ts'

interface Entry {
  readonly before: readonly ObjectProblem[]
  readonly wishes: readonly PlacedWish[]
  readonly after: readonly ObjectProblem[]
}

/** What belongs to no Ingress. */
interface Common {
  readonly classes: readonly ClassSettings[]
  readonly tls: readonly ObjectProblem[]
  readonly rest: DefaultRoutes | undefined
}

/** The problems of a translation, in the order of the objects they are with; those of clusters are looked up each time anew. */
export class ProblemList {
  readonly #entries: Entry[] = []
  #common: readonly ObjectProblem[] = []
  #rest: DefaultRoutes | undefined

  /** The problems of an Ingress. */
  add(
    before: readonly ObjectProblem[],
    wishes: readonly PlacedWish[],
    after: readonly ObjectProblem[],
  ): void {
    this.#entries.push({ before, wishes, after })
  }

  /** The problems of everything else. */
  close(reads: readonly IngressRead[], { classes, tls, rest }: Common): void {
    this.#common = [...classes.flatMap(({ problems }) => problems), ...defaultsProblems(reads), ...tls]
    this.#rest = rest
  }

  /** All of them, with what is wrong with clusters now. */
  problems(clusters: ClusterTable): readonly ObjectProblem[] {
    const all: ObjectProblem[] = []
    for (const { before, wishes, after } of this.#entries) {
      if (before.length > 0) all.push(...before)
      all.push(...clusterProblems(wishes, clusters))
      if (after.length > 0) all.push(...after)
    }
    const rest = this.#rest
    const ofRest =
      rest === undefined ? [] : clusters.flawsOf(rest.wish.id).map((flaw) => problemAt(rest.object, '', flaw))
    return [...all, ...this.#common, ...ofRest]
  }
}

/** What is wrong with a Secret stands at the annotation that names it, once for all Services that it is for. */
function clusterProblems(wishes: readonly PlacedWish[], clusters: ClusterTable): readonly ObjectProblem[] {
  const problems: ObjectProblem[] = []
  const told = new Set<string>()
  for (const { wish, read, field } of wishes) {
    for (const flaw of clusters.flawsOf(wish.id)) {
      const annotation = flaw.secret === undefined ? undefined : read.annotations.secretsFrom[flaw.secret]
      if (annotation === undefined) {
        problems.push(problemAt(read.ref, field, flaw))
        continue
      }
      const key = `${read.ref.name} ${annotation} ${flaw.message}`
      if (!told.has(key)) problems.push(problemAt(read.ref, `metadata.annotations[${annotation}]`, flaw))
      told.add(key)
    }
  }
  return problems
}

/** Defaults of a class that cannot be used: told once, where they stand, and not with every Ingress of the class. */
function defaultsProblems(reads: readonly IngressRead[]): readonly ObjectProblem[] {
  const problems = new Map<string, ObjectProblem>()
  for (const { choice, annotations } of reads) {
    for (const { annotation, from, reason, message, remedy } of annotations.problems) {
      const { place } = choice.class
      if (from !== 'class' || place === undefined) continue
      const key = `${choice.class.name} ${annotation} ${message}`
      if (!problems.has(key))
        problems.set(key, problemAt(place, `data[${annotation}]`, warning(reason, message, remedy)))
    }
  }
  return [...problems.values()]
}
