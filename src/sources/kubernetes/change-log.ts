import type { ObjectChanges } from '../../translate/kubernetes/objects.ts'

/** Names that were asked for. So many at once that telling them apart is not worth its memory count as all. */
class Asked {
  readonly #keys = new Set<string>()
  #isAll = false

  add(key: string): void {
    if (this.#isAll || this.#keys.has(key)) return
    this.#keys.add(key)
    if (this.#keys.size <= mostAsked) return
    this.#isAll = true
    this.#keys.clear()
  }

  has(key: string): boolean {
    return this.#isAll || this.#keys.has(key)
  }

  join(other: Asked): void {
    for (const key of other.#keys) this.add(key)
    if (!other.#isAll) return
    this.#isAll = true
    this.#keys.clear()
  }
}

const mostAsked = 100_000

/**
 * What changed since it was asked last. Services, slices and Secrets that nobody looked up cannot matter: most of a cluster is not behind
 * an Ingress.
 */
export class ChangeLog {
  askedServices = new Asked()
  askedSecrets = new Asked()
  #isShape = false
  #services = new Set<string>()

  get hasShape(): boolean {
    return this.#isShape
  }

  get hasServices(): boolean {
    return this.#services.size > 0
  }

  /** Runs a look at everything: what it does not ask for cannot matter any more, unless it throws. */
  renew<T>(look: () => T): T {
    const { askedServices, askedSecrets } = this
    this.askedServices = new Asked()
    this.askedSecrets = new Asked()
    try {
      return look()
    } catch (error) {
      this.askedServices.join(askedServices)
      this.askedSecrets.join(askedSecrets)
      throw error
    }
  }

  shape(): void {
    this.#isShape = true
  }

  service(key: string): void {
    if (this.askedServices.has(key)) this.#isShape = true
  }

  slices(service: string): void {
    if (this.askedServices.has(service)) this.#services.add(service)
  }

  secret(key: string): void {
    if (this.askedSecrets.has(key)) this.#isShape = true
  }

  /** @param shape `later` keeps a change of shape for the next time. */
  take(shape: 'now' | 'later'): ObjectChanges {
    const taken = { shape: shape === 'now' && this.#isShape, services: this.#services }
    if (shape === 'now') this.#isShape = false
    this.#services = new Set()
    return taken
  }
}
