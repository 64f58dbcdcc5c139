import type { KubernetesSettings } from '../../model/kubernetes-settings.ts'
import type { IngressObject } from '../../translate/kubernetes/objects.ts'
import { ForeignSecrets } from './foreign-secrets.ts'
import type { KnownObjects } from './known-objects.ts'
import { References } from './references.ts'
import {
  defaultReferences,
  mayBeOurs,
  mayHideSecrets,
  type OurClasses,
  ourClasses,
  secretReferences,
} from './secret-references.ts'
import type { SecretSource } from './secret-source.ts'
import { type Change, keyOf, splitKey } from './table.ts'

/** Where it is told what is referred to. */
type Told = Pick<SecretSource, 'refer' | 'refuse'>

/** Tells the source of Secrets which of them Ingresses of ours refer to. */
export class ReferenceKeeper {
  readonly #settings: KubernetesSettings
  readonly #known: KnownObjects
  readonly #secrets: Told
  readonly #foreign: ForeignSecrets
  /** Namespaces with Ingresses of ours, and those where some may name Secrets in forms that are not read here. */
  readonly #ours = new References()
  readonly #hiding = new References()
  #mayDefaultsHide = false
  /** `undefined` until Ingresses and classes are both known: whose Secrets are needed cannot be told before. */
  #classes: OurClasses | undefined

  constructor(settings: KubernetesSettings, known: KnownObjects, secrets: Told) {
    this.#settings = settings
    this.#known = known
    this.#secrets = secrets
    this.#foreign = new ForeignSecrets(settings.secrets)
  }

  /** Everything has been read once; further calls do nothing. */
  begin(): void {
    if (this.#classes === undefined) this.#readAll()
  }

  /** Classes, their defaults or namespaces are others. */
  scopeChanged(): void {
    if (this.#classes !== undefined) this.#readAll()
  }

  ingressesChanged(changes: readonly Change<IngressObject>[]): void {
    const classes = this.#classes
    if (classes === undefined) return
    for (const { key, after } of changes) this.#refer(key, after, classes)
    this.#referForeign()
  }

  /** Whether Ingresses of a namespace may need Secrets of it that nobody is seen to refer to. */
  mayNeedMore(namespace: string): boolean {
    return this.#hiding.has(namespace) || (this.#mayDefaultsHide && this.#ours.has(namespace))
  }

  #readAll(): void {
    const classes = ourClasses(this.#settings, this.#known.classes())
    this.#classes = classes
    this.#referOfOperator()
    for (const ingress of this.#known.tables.ingresses.objects())
      this.#refer(keyOf(ingress.meta.namespace, ingress.meta.name), ingress, classes)
    this.#referForeign()
  }

  #referOfOperator(): void {
    const { defaultCertificate, classParameters } = this.#settings
    const certificates =
      defaultCertificate === undefined ? [] : [keyOf(defaultCertificate.namespace, defaultCertificate.name)]
    const defaults = classParameters.map(({ namespace, name }) =>
      defaultReferences(this.#known.configMap(namespace, name)?.data ?? new Map()),
    )
    this.#mayDefaultsHide = defaults.some(({ mayHide }) => mayHide)
    const keys = new Set([...certificates, ...defaults.flatMap(({ keys }) => keys)])
    this.#secrets.refer('', [...keys])
  }

  #refer(key: string, ingress: IngressObject | undefined, classes: OurClasses): void {
    const [namespace, name] = splitKey(key)
    const ours =
      ingress !== undefined && this.#known.isInScope(namespace) && mayBeOurs(ingress, classes)
        ? ingress
        : undefined
    const keys = ours === undefined ? [] : secretReferences(ours, classes)
    const isOwn = (secret: string): boolean => splitKey(secret)[0] === namespace
    const isHiding = ours !== undefined && mayHideSecrets(ours.meta.annotations)
    this.#ours.set(key, ours === undefined ? [] : [namespace])
    this.#hiding.set(key, isHiding ? [namespace] : [])
    this.#secrets.refer(key, keys.filter(isOwn))
    const foreign = keys.filter((secret) => !isOwn(secret))
    this.#foreign.set({ namespace, name, created: ours?.meta.created ?? 0 }, foreign)
  }

  /** Each namespace refers to those of others as one. */
  #referForeign(): void {
    for (const { namespace, allowed, refused } of this.#foreign.take()) {
      this.#secrets.refuse(namespace, refused)
      this.#secrets.refer(`namespace ${namespace}`, allowed)
    }
  }
}
