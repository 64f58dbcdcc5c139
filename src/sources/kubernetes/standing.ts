import type { SourceStatus } from '../../model/source-status.ts'
import type { Clock } from '../../std/clock.ts'

/** How many objects that could not be read are remembered by name. */
const mostOddities = 100

/** How one list-and-watch stands: what its status says. */
export class Standing {
  readonly #name: string
  readonly #clock: Clock
  readonly #onChange: () => void
  /** `following` hears changes, `apart` does not. */
  #state: 'starting' | 'following' | 'apart' = 'starting'
  /** Whether the first answer is known: a complete list, or that there is none to get. */
  #isSettled = false
  #isRefused = false
  #heardAt = 0
  #errors = 0
  #lists = 0
  #lastError = ''
  /** Objects that are not of their form, by key. */
  readonly #oddities = new Map<string, string>()

  constructor(name: string, clock: Clock, onChange: () => void) {
    this.#name = name
    this.#clock = clock
    this.#onChange = onChange
  }

  get isSettled(): boolean {
    return this.#isSettled
  }

  /** Whether the last answer was that we may not read this. */
  get isRefused(): boolean {
    return this.#isRefused
  }

  heard(): void {
    this.#heardAt = this.#clock.wall()
  }

  /** Everything was read. */
  listed(): void {
    this.#lists += 1
    this.following()
  }

  /** Changes are heard from now on. */
  following(): void {
    this.heard()
    this.#isRefused = false
    this.#become('following', '')
  }

  /** Nothing is heard now. */
  failed(why: string): void {
    this.#errors += 1
    this.#become(this.#state === 'starting' ? 'starting' : 'apart', why)
  }

  /** There is nothing to hear: no right, or no such resource. That is an answer too. */
  refused(why: string): void {
    this.heard()
    if (why !== '') this.#errors += 1
    this.#isRefused = why !== ''
    this.#become(why === '' ? 'following' : 'apart', why)
  }

  /** An object could not be read; what was known of it before holds. */
  odd(key: string, why: string): void {
    this.#errors += 1
    if (this.#oddities.size < mostOddities || this.#oddities.has(key)) this.#oddities.set(key, why)
    this.#onChange()
  }

  /** An object that could not be read is gone or can be read again. */
  mended(key: string): void {
    if (this.#oddities.delete(key)) this.#onChange()
  }

  status(objects: number): SourceStatus {
    const state = this.#state === 'following' ? 'current' : this.#state === 'apart' ? 'stale' : 'starting'
    return {
      name: `kubernetes ${this.#name}`,
      state,
      objects,
      heardAt: this.#heardAt,
      errors: this.#errors,
      relists: Math.max(0, this.#lists - 1),
      lastError: this.#lastError === '' ? this.#oddity() : this.#lastError,
    }
  }

  #oddity(): string {
    const [first] = this.#oddities.values()
    if (first === undefined) return ''
    const others = this.#oddities.size - 1
    return others === 0 ? first : `${first} (and ${others} more)`
  }

  #become(state: 'starting' | 'following' | 'apart', error: string): void {
    const isSame =
      this.#state === state && this.#lastError === error && (this.#isSettled || state === 'starting')
    this.#state = state
    this.#lastError = error
    this.#isSettled ||= state !== 'starting'
    if (!isSame) this.#onChange()
  }
}
