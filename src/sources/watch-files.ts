import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Clock } from '../std/clock.ts'
import { foldersOf, stampOf } from './file-stamp.ts'
import { configNames } from './read-paths.ts'

export interface WatchOptions {
  readonly clock: Clock
  /** Looks again this often whether or not something was heard: network file systems tell nothing. */
  readonly pollMs: number
}

/**
 * Calls `onChange` after the files or folders at `paths` have changed: written in place, replaced by a rename, swapped behind a
 * link, created or removed. Folders are watched, not files, since a file that was replaced is another file. May call once for
 * several changes; says nothing of changes elsewhere in the folders. Does not keep the process alive.
 */
export class FileWatch implements Disposable {
  #paths: readonly string[]
  readonly #onChange: () => void
  readonly #options: WatchOptions
  /** By the folder's path and identity: a folder that is replaced has to be watched anew. */
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #stamps = new Map<string, string>()
  /** Whether an event named a watched file: its times may be the same as before, since file systems count in ticks. */
  #isNamed = false
  #state: 'idle' | 'looking' | 'look again' | 'closed' = 'idle'
  #timer: unknown

  constructor(paths: readonly string[], onChange: () => void, options: WatchOptions) {
    this.#paths = paths
    this.#onChange = onChange
    this.#options = options
  }

  /** Begins; when the promise is kept, every later change is noticed. */
  async start(): Promise<void> {
    await this.#watchFolders()
    await this.#compare()
    this.#poll()
    void this.#look()
  }

  /**
   * Watches these paths from now on, instead of those before.
   *
   * @param since milliseconds since 1970: of paths that are new here, a change from then on is told now.
   */
  async follow(paths: readonly string[], since: number): Promise<void> {
    const before = new Set(this.#paths)
    const wanted = new Set(paths)
    if (this.#isClosed() || (wanted.size === before.size && [...wanted].every((path) => before.has(path))))
      return
    const added = [...wanted].filter((path) => !before.has(path))
    this.#paths = [...wanted]
    for (const path of before) if (!wanted.has(path)) this.#stamps.delete(path)
    await this.#watchFolders()
    for (const path of added) this.#stamps.set(path, await stampOf(path))
    const changes = await Promise.all(added.map(changedAt))
    if (!this.#isClosed() && changes.some((time) => time >= since - tick)) this.#onChange()
  }

  [Symbol.dispose](): void {
    this.#state = 'closed'
    this.#options.clock.clearTimeout(this.#timer)
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  #poll(): void {
    const { clock, pollMs } = this.#options
    const wait = Math.max(pollMs, this.#paths.length * lookMs)
    this.#timer = clock.setTimeout(() => {
      void this.#look()
      this.#poll()
    }, wait)
  }

  /** Compares with what was there last. Never two at a time. */
  async #look(): Promise<void> {
    if (this.#state !== 'idle') {
      if (this.#state === 'looking') this.#state = 'look again'
      return
    }
    do {
      this.#state = 'looking'
      const isNamed = this.#isNamed
      this.#isNamed = false
      const isChanged = await this.#compare()
      await this.#watchFolders()
      if (this.#isClosed()) return
      if (isNamed || isChanged) this.#onChange()
    } while (this.#isAskedAgain())
    this.#state = 'idle'
  }

  #isClosed(): boolean {
    return this.#state === 'closed'
  }

  #isAskedAgain(): boolean {
    return this.#state === 'look again'
  }

  /** Takes the stamps as they are now; whether one is another than before. */
  async #compare(): Promise<boolean> {
    const paths = this.#paths
    const stamps = await Promise.all(paths.map(stampOf))
    let isChanged = false
    for (const [index, path] of paths.entries()) {
      const before = this.#stamps.get(path)
      const stamp = stamps[index] ?? ''
      if (before !== undefined && before !== stamp) isChanged = true
      this.#stamps.set(path, stamp)
    }
    return isChanged
  }

  async #watchFolders(): Promise<void> {
    const folders = new Set((await Promise.all(this.#paths.map(foldersOf))).flat())
    const wanted = new Map<string, string>()
    for (const folder of folders) wanted.set(await identityOf(folder), folder)
    if (this.#isClosed()) return
    for (const [identity, watcher] of this.#watchers) {
      if (wanted.has(identity)) continue
      watcher.close()
      this.#watchers.delete(identity)
    }
    for (const [identity, folder] of wanted) if (!this.#watchers.has(identity)) this.#watch(identity, folder)
  }

  /** A folder that is not there, or not to be watched, is left to polling. */
  #watch(identity: string, folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name !== null && this.#paths.some((path) => isFileOf(path, join(folder, name))))
          this.#isNamed = true
        void this.#look()
      })
      watcher.on('error', () => {
        watcher.close()
        this.#watchers.delete(identity)
      })
      this.#watchers.set(identity, watcher)
    } catch {
      this.#watchers.delete(identity)
    }
  }
}

/** Looking at thousands of files takes a while, and is not to take a tenth of the time. */
const lookMs = 5

/** File systems count time in steps of up to 10 ms. */
const tick = 50

/** When a file was changed, replaced or moved last, in milliseconds since 1970; 0 when it is not there. */
async function changedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ ctimeMs }) => ctimeMs,
    () => 0,
  )
}

/** Whether `file` is `path`, or a configuration file in the folder `path`. */
function isFileOf(path: string, file: string): boolean {
  const full = resolve(path)
  return full === file || (full === dirname(file) && configNames([basename(file)]).length > 0)
}

async function identityOf(folder: string): Promise<string> {
  return stat(folder).then(
    ({ dev, ino }) => `${folder} ${dev}:${ino}`,
    () => `${folder} absent`,
  )
}
