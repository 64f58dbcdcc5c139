import type { KubernetesSettings } from '../../model/kubernetes-settings.ts'
import type { AnnotationsInput, AnnotationsRead } from './annotations/annotations-read.ts'
import { type ClassChoice, ClassTable } from './class-table.ts'
import type { IngressObject, KubernetesObjects } from './objects.ts'
import { type IngressRead, readIngress } from './read-ingress.ts'

/** Reads annotations. */
export type ReadAnnotations = (input: AnnotationsInput) => AnnotationsRead

const noAnnotations: ReadonlyMap<string, string> = new Map()

/** Reads the Ingresses that are ours, each once as long as it, its class and the listeners stay the same. */
export class ReadingMemory {
  readonly classes: ClassTable
  readonly #optIn: ReadonlySet<string>
  readonly #read: ReadAnnotations
  #known = new WeakMap<IngressObject, IngressRead>()
  #listeners: ReadonlySet<string> = new Set()
  #listenersKey = ''

  constructor(settings: KubernetesSettings, read: ReadAnnotations) {
    this.classes = new ClassTable(settings)
    this.#optIn = new Set(settings.optInAnnotations)
    this.#read = read
  }

  /**
   * The Ingresses that are ours, the oldest first: by creation, then by namespace and name.
   *
   * @param listeners ids of those that Ingresses are served on.
   */
  reads(objects: KubernetesObjects, listeners: readonly string[]): readonly IngressRead[] {
    const key = JSON.stringify(listeners)
    if (key !== this.#listenersKey) this.#known = new WeakMap()
    this.#listenersKey = key
    this.#listeners = new Set(listeners)
    this.classes.update(objects)
    const reads: IngressRead[] = []
    for (const ingress of objects.ingresses()) {
      const choice = this.classes.choose(ingress)
      if (choice !== undefined) reads.push(this.#readOne(ingress, choice))
    }
    return reads.sort(compareAge)
  }

  /** What holds for routes that no Ingress asked for. */
  plain(): AnnotationsRead {
    return this.#read({
      annotations: noAnnotations,
      defaults: noAnnotations,
      compat: 'off',
      optIn: this.#optIn,
      listeners: this.#listeners,
    })
  }

  #readOne(ingress: IngressObject, choice: ClassChoice): IngressRead {
    const before = this.#known.get(ingress)
    if (before !== undefined && before.choice.class === choice.class) return before
    const annotations = this.#read({
      annotations: ingress.meta.annotations,
      defaults: choice.class.defaults,
      compat: choice.class.compat,
      limitStatuses: choice.class.limitStatuses,
      optIn: this.#optIn,
      listeners: this.#listeners,
      namespace: ingress.meta.namespace,
    })
    const read = readIngress(ingress, choice, annotations)
    this.#known.set(ingress, read)
    return read
  }
}

function compareAge({ ingress: { meta: a } }: IngressRead, { ingress: { meta: b } }: IngressRead): number {
  return a.created - b.created || compareText(a.namespace, b.namespace) || compareText(a.name, b.name)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
