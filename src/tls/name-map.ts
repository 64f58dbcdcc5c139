/**
 * Values by server name: an exact name before a wildcard of one label, as RFC 9525 §6.3 reads certificates and Kubernetes its
 * Ingress hosts. `*.a.test` is `b.a.test`, and neither `a.test` nor `c.b.a.test`. The first to take a name keeps it.
 */
export class NameMap<T> {
  readonly #exact = new Map<string, T>()
  /** By what follows the star, dot included. */
  readonly #wild = new Map<string, T>()

  /** @param name lower case. */
  add(name: string, value: T): void {
    const values = name.startsWith('*.') ? this.#wild : this.#exact
    const key = name.startsWith('*.') ? name.slice(1) : name
    if (!values.has(key)) values.set(key, value)
  }

  exact(name: string): T | undefined {
    return this.#exact.get(name)
  }

  wild(name: string): T | undefined {
    const dot = name.indexOf('.')
    return dot > 0 ? this.#wild.get(name.slice(dot)) : undefined
  }

  find(name: string): T | undefined {
    return this.exact(name) ?? this.wild(name)
  }
}
