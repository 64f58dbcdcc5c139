import type { KubernetesSettings } from '../../model/kubernetes-settings.ts'
import type { IngressObject } from '../../translate/kubernetes/objects.ts'
import type { KnownObjects } from './known-objects.ts'
import { type OurClasses, ourClasses, secretReferences } from './secret-references.ts'
import type { SecretSource } from './secret-source.ts'
import { type Change, keyOf } from './table.ts'

/** Tells the source of Secrets which of them Ingresses of ours refer to. */
export class ReferenceKeeper {
  readonly #settings: KubernetesSettings
  readonly #known: KnownObjects
  readonly #secrets: SecretSource
  /** `undefined` until Ingresses and classes are both known: whose Secrets are needed cannot be told before. */
  #classes: OurClasses | undefined

  constructor(settings: KubernetesSettings, known: KnownObjects, secrets: SecretSource) {
    this.#settings = settings
    this.#known = known
    this.#secrets = secrets
  }

  /** Everything has been read once; further calls do nothing. */
  begin(): void {
    if (this.#classes !== undefined) return
    const { defaultCertificate } = this.#settings
    if (defaultCertificate !== undefined)
      this.#secrets.refer('', [keyOf(defaultCertificate.namespace, defaultCertificate.name)])
    this.#readAll()
  }

  /** Classes or namespaces are others. */
  scopeChanged(): void {
    if (this.#classes !== undefined) this.#readAll()
  }

  ingressesChanged(changes: readonly Change<IngressObject>[]): void {
    const classes = this.#classes
    if (classes === undefined) return
    for (const { key, after } of changes) this.#refer(key, after, classes)
  }

  #readAll(): void {
    const classes = ourClasses(this.#settings, this.#known.classes())
    this.#classes = classes
    for (const ingress of this.#known.tables.ingresses.objects())
      this.#refer(keyOf(ingress.meta.namespace, ingress.meta.name), ingress, classes)
  }

  #refer(key: string, ingress: IngressObject | undefined, classes: OurClasses): void {
    const isIn = ingress !== undefined && this.#known.isInScope(ingress.meta.namespace)
    this.#secrets.refer(key, isIn ? secretReferences(ingress, classes) : [])
  }
}
