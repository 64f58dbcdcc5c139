/**
 * Values that outlive a change of settings when they are used after it, and are forgotten at the change after that: nobody has to
 * work out what new settings may still need.
 */
export class Generations<T> {
  #present = new Map<string, T>()
  #before = new Map<string, T>()

  get(key: string): T | undefined {
    const present = this.#present.get(key)
    if (present !== undefined) return present
    const before = this.#before.get(key)
    if (before !== undefined) this.#present.set(key, before)
    return before
  }

  set(key: string, value: T): void {
    this.#present.set(key, value)
  }

  /** The settings change. */
  turn(): void {
    this.#before = this.#present
    this.#present = new Map()
  }
}
