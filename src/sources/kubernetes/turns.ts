/** Lets so many tasks run at a time; the others wait for their turn, in order. */
export class Turns {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(most: number) {
    this.#free = most
  }

  /** @throws the reason of `signal` when it ends before the turn has come: whoever left keeps no place. */
  async run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await this.#wait(signal)
    try {
      return await task()
    } finally {
      const [next] = this.#waiting
      if (next === undefined) this.#free += 1
      else next()
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const end = (settle: () => void): void => {
      this.#waiting.delete(begin)
      signal.removeEventListener('abort', leave)
      settle()
    }
    const begin = (): void => end(resolve)
    const leave = (): void => end(() => reject(signal.reason))
    this.#waiting.add(begin)
    signal.addEventListener('abort', leave)
    return promise
  }
}
