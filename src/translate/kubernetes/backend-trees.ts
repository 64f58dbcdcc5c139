import type { NameTree } from '../../names/name-tree.ts'
import { quoted } from '../../std/quoted.ts'
import { type ClusterWish, clusterWish } from './cluster-wish.ts'
import { problemAt, refused } from './object-problem.ts'
import type { IngressBackend } from './objects.ts'
import type { ObjectProblem } from './pieces.ts'
import type { IngressRead } from './read-ingress.ts'

/** A cluster that an Ingress leads to, and the field that says so. */
export interface PlacedWish {
  readonly wish: ClusterWish
  readonly read: IngressRead
  readonly field: string
  /** `told`: no route leads there while the Ingress is closed, and only what is wrong with it is told. */
  readonly use: 'served' | 'told'
}

/** Where the backends of an Ingress lead, with the clusters that they need, each once. */
export class BackendTrees {
  readonly #wishes = new Map<string, PlacedWish>()
  readonly #problems: ObjectProblem[]
  readonly #use: PlacedWish['use']

  /**
   * @param use `told` when the routes of the Ingress are closed.
   * @param problems what is wrong with a backend in itself is added to.
   */
  constructor(use: PlacedWish['use'], problems: ObjectProblem[]) {
    this.#use = use
    this.#problems = problems
  }

  /** The clusters of all trees so far. */
  wishes(): readonly PlacedWish[] {
    return [...this.#wishes.values()]
  }

  /** A cluster that filters of the Ingress ask. @param field names it. */
  ask(wish: ClusterWish, read: IngressRead, field: string): void {
    this.#wishes.set(`${read.ref.name} ${wish.id} ${field}`, { wish, read, field, use: this.#use })
  }

  /** Where a backend leads. @param field names it: `spec.defaultBackend`. */
  tree(read: IngressRead, backend: IngressBackend, field: string): NameTree<string> {
    switch (backend.kind) {
      case 'service': {
        const wish = clusterWish(read.ingress.meta.namespace, backend, read.annotations.cluster)
        const key = `${read.ref.name} ${wish.id}`
        if (!this.#wishes.has(key))
          this.#wishes.set(key, { wish, read, field: `${field}.service`, use: this.#use })
        return { kind: 'leaf', value: wish.id }
      }
      case 'resource': {
        this.#refuse(read, backend, field)
        return { kind: 'empty' }
      }
    }
  }

  #refuse(read: IngressRead, backend: IngressBackend & { kind: 'resource' }, field: string): void {
    const message = `backend is ${quoted(backend.resource)} ${quoted(backend.name)}, and requests can be sent to Services only`
    const flaw = refused('ResourceBackendUnsupported', message, 'name a Service')
    const problem = problemAt(read.ref, `${field}.resource`, flaw)
    const isKnown = this.#problems.some(
      ({ object, origin }) => object === read.ref && origin.field === problem.origin.field,
    )
    if (!isKnown) this.#problems.push(problem)
  }
}
