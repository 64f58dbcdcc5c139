import { backoffDelay } from '../control/backoff.ts'
import { coalesce } from '../control/coalesce.ts'
import type { Loader } from '../control/loader.ts'
import type { ToldMembership } from '../control/loader-messages.ts'
import type { Loaded } from '../control/reconciler.ts'
import { FileWatch } from '../sources/watch-files.ts'
import type { Clock } from '../std/clock.ts'
import type { Logger } from '../telemetry/log.ts'

export interface ConfigFollowerDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly loader: Pick<Loader, 'load' | 'stop' | typeof Symbol.asyncDispose>
  readonly paths: readonly string[]
  /** Told of everything that was loaded after the first time, one after the other. */
  readonly onLoaded: (loaded: Loaded) => void
  /** The same for endpoints alone, in order with what was loaded: each change starts from what the one before led to. */
  readonly onMembership: (told: ToldMembership) => void
}

/** A thread that dies again and again is started ever more rarely. */
const restart = { base: 1_000, max: 60_000 }

/** Sources may need that long to take back what they told others. */
const stopMs = 5_000

/** Editors write in several steps and folders change file by file: architecture §6. */
const quiet = { quiet: 100, most: 250 }
/** For file systems that tell nothing of changes. */
const pollMs = 5_000

/** Reads the configuration at start and again whenever it changes. */
export class ConfigFollower implements AsyncDisposable {
  readonly #deps: ConfigFollowerDeps
  readonly #watch: FileWatch
  readonly #changed: ReturnType<typeof coalesce>
  /** Changes count from the first load on. */
  #isFollowing = false
  readonly #begun = Promise.withResolvers<void>()
  /** What is told, one after the other, once it has begun. */
  #queue: Promise<unknown> = this.#begun.promise
  #waiting = 1
  #deaths = 0
  #restarting: unknown

  constructor(deps: ConfigFollowerDeps) {
    this.#deps = deps
    this.#changed = coalesce(() => this.reload('the files changed'), { clock: deps.clock, ...quiet })
    this.#watch = new FileWatch(deps.paths, () => this.#changed.touch(), { clock: deps.clock, pollMs })
  }

  /** The first load. Watching begins before it, so that no change is missed in between; they are told from `begin` on. */
  async first(): Promise<Loaded> {
    await this.#watch.start()
    const loaded = await this.#loadAndFollow()
    this.#isFollowing = true
    return loaded
  }

  /** Whoever is told is there. */
  begin(): void {
    this.#waiting -= 1
    this.#begun.resolve()
  }

  /** Reads everything again; before the first load has been done, that one will do. */
  reload(why: string): void {
    if (this.#isFollowing) void this.#load(why)
  }

  /** A source has told something. */
  takeChanges(): void {
    void this.#take(() => this.#deps.loader.load('changes'))
  }

  /** A source has told of endpoints alone. */
  takeMembership(told: ToldMembership): void {
    const tell = (): void => this.#tell(() => this.#deps.onMembership(told))
    if (this.#waiting === 0) tell()
    else void this.#inTurn(tell)
  }

  /** The loader's thread died: sources besides files are heard again once something is loaded. */
  onDied(error: unknown): void {
    if (!this.#isFollowing) return
    const { clock, logger } = this.#deps
    this.#deaths += 1
    const delay = backoffDelay(this.#deaths, restart.base, restart.max, Math.random)
    logger.error("the loader's thread is started again; please report it", { error })
    this.#restarting = clock.setTimeout(() => this.reload('the loader was started again'), delay)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isFollowing = false
    this.#deps.clock.clearTimeout(this.#restarting)
    this.#changed[Symbol.dispose]()
    this.#watch[Symbol.dispose]()
    await this.#deps.loader.stop(stopMs, this.#deps.clock)
    await this.#deps.loader[Symbol.asyncDispose]()
  }

  /** Files that are named for the first time may change before they are watched: they are read once more then. */
  async #loadAndFollow(): Promise<Loaded> {
    const { loader, paths, clock } = this.#deps
    const began = clock.wall()
    const loaded = await loader.load()
    await this.#watch.follow([...paths, ...loaded.files], began)
    return loaded
  }

  async #load(why: string): Promise<void> {
    this.#deps.logger.info('reading the configuration', { why })
    await this.#take(() => this.#loadAndFollow())
  }

  #take(load: () => Promise<Loaded>): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#isFollowing) return
      try {
        const loaded = await load()
        this.#tell(() => this.#deps.onLoaded(loaded))
      } catch (error) {
        if (this.#isFollowing)
          this.#deps.logger.error('the configuration could not be read; the last good one stays', { error })
      }
    })
  }

  async #inTurn(run: () => unknown): Promise<void> {
    this.#waiting += 1
    const before = this.#queue
    const turn = before.then(run)
    this.#queue = turn
    await turn
    this.#waiting -= 1
  }

  /** After a change that does not fit, a mistake of ours, none that follows would: another thread starts from what is in force. */
  #tell(run: () => void): void {
    if (!this.#isFollowing) return
    try {
      run()
    } catch (error) {
      void this.#deps.loader[Symbol.asyncDispose]()
      this.onDied(error)
    }
  }
}
