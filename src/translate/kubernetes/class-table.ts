import type { KubernetesSettings } from '../../model/kubernetes-settings.ts'
import { quoted } from '../../std/quoted.ts'
import { type ClassSettings, classSettings, plainClass } from './class-settings.ts'
import { type ObjectFlaw, warning } from './object-problem.ts'
import type { ConfigMapObject, IngressClassObject, IngressObject, KubernetesObjects } from './objects.ts'

/** The annotation that named the class before there was a field for it. */
export const classAnnotation = 'kubernetes.io/ingress.class'

/** Why an Ingress is ours: its class, and what is odd about how it was named. */
export interface ClassChoice {
  readonly class: ClassSettings
  readonly flaws: readonly ObjectFlaw[]
}

interface Known {
  readonly ingressClass: IngressClassObject
  readonly configMap: ConfigMapObject | undefined
  readonly settings: ClassSettings
}

/** Tells which Ingresses are ours, by their class. Settings of a class stay the same object as long as nothing changed in it. */
export class ClassTable {
  readonly #settings: KubernetesSettings
  readonly #legacy: ClassSettings
  #known = new Map<string, Known>()
  #default: ClassSettings | undefined

  constructor(settings: KubernetesSettings) {
    this.#settings = settings
    this.#legacy = plainClass('', settings)
  }

  /** Looks at the classes that there are now. */
  update(objects: KubernetesObjects): void {
    const known = new Map<string, Known>()
    const defaults: string[] = []
    for (const ingressClass of objects.classes()) {
      const { name } = ingressClass.meta
      if (ingressClass.isDefault) defaults.push(name)
      if (ingressClass.controller === this.#settings.controller)
        known.set(name, this.#read(ingressClass, objects))
    }
    this.#known = known
    const [only] = defaults
    if (only === undefined)
      this.#default = this.#settings.watchWithoutClass === 'on' ? this.#legacy : undefined
    else this.#default = defaults.length === 1 ? known.get(only)?.settings : undefined
  }

  /** The classes that are ours. */
  classes(): readonly ClassSettings[] {
    return [...this.#known.values()].map(({ settings }) => settings)
  }

  /**
   * The class of an Ingress; `undefined` when it is not ours, of which nobody has to hear. The field says more than the annotation;
   * an Ingress with neither is of the default class, when there is exactly one in the cluster.
   */
  choose({ className, meta }: IngressObject): ClassChoice | undefined {
    const annotated = meta.annotations.get(classAnnotation) ?? ''
    if (className === undefined || className === '')
      return choice(annotated === '' ? this.#default : this.#byAnnotation(annotated))
    const settings = this.#known.get(className)?.settings
    if (settings === undefined || annotated === '' || annotated === className) return choice(settings)
    const message = `class is ${quoted(className)} by "spec.ingressClassName" and ${quoted(annotated)} by annotation, and the field wins`
    const flaw = warning('ClassIgnored', message, `remove the annotation "${classAnnotation}"`)
    return { class: settings, flaws: [flaw] }
  }

  #byAnnotation(name: string): ClassSettings | undefined {
    return this.#known.get(name)?.settings ?? (name === this.#settings.className ? this.#legacy : undefined)
  }

  #read(ingressClass: IngressClassObject, objects: KubernetesObjects): Known {
    const before = this.#known.get(ingressClass.meta.name)
    const { parameters } = ingressClass
    const looked = parameters && objects.configMap(parameters.namespace, parameters.name)
    if (before?.ingressClass === ingressClass && before.configMap === looked) return before
    const settings = classSettings(ingressClass, this.#settings, () => looked)
    return { ingressClass, configMap: looked, settings }
  }
}

function choice(settings: ClassSettings | undefined): ClassChoice | undefined {
  return settings === undefined ? undefined : { class: settings, flaws: [] }
}
