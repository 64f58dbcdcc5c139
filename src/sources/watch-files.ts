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
  readonly #paths: readonly string[]
  readonly #onChange: () => void
  readonly #options: WatchOptions
  /** By the folder's path and identity: a folder that is replaced has to be watched anew. */
  readonly #watchers = new Map<string, FSWatcher>()
  #stamp: string | undefined
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
    this.#stamp = await this.#stampNow()
    this.#poll()
    void this.#look()
  }

  [Symbol.dispose](): void {
    this.#state = 'closed'
    this.#options.clock.clearTimeout(this.#timer)
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  #poll(): void {
    const { clock, pollMs } = this.#options
    this.#timer = clock.setTimeout(() => {
      void this.#look()
      this.#poll()
    }, pollMs)
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
      const stamp = await this.#stampNow()
      await this.#watchFolders()
      if (this.#isClosed()) return
      if (isNamed || stamp !== this.#stamp) {
        this.#stamp = stamp
        this.#onChange()
      }
    } while (this.#isAskedAgain())
    this.#state = 'idle'
  }

  #isClosed(): boolean {
    return this.#state === 'closed'
  }

  #isAskedAgain(): boolean {
    return this.#state === 'look again'
  }

  async #stampNow(): Promise<string> {
    const stamps = await Promise.all(this.#paths.map(stampOf))
    return stamps.join('\n\n')
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
