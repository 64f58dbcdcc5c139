import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** A program that runs beside a test and ends with it, however that ends: the kernel kills it when this process is gone. */
export class Daemon {
  readonly child: ChildProcess
  readonly #log: string

  private constructor(child: ChildProcess, log: string) {
    this.child = child
    this.#log = log
  }

  /** @param log a file; what the program prints is appended to it. */
  static start(command: readonly string[], log: string): Daemon {
    const file = openSync(log, 'a')
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], { stdio: ['ignore', file, file] })
    closeSync(file)
    return new Daemon(child, log)
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  /** The last lines that it printed. */
  get lastWords(): string {
    return readFileSync(this.#log, 'utf8').trimEnd().split('\n').slice(-10).join('\n')
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** Stops it with SIGSTOP; resolves when each of its threads stands still, which those on another processor do a little later. */
  async pause(): Promise<void> {
    this.child.kill('SIGSTOP')
    while (!this.hasEnded && !this.#standsStill()) await wait(1)
  }

  #standsStill(): boolean {
    const tasks = `/proc/${this.child.pid}/task`
    try {
      return readdirSync(tasks).every((task) => /\) T /.test(readFileSync(`${tasks}/${task}/stat`, 'utf8')))
    } catch {
      // A thread ended while it was looked at.
      return false
    }
  }

  /** Kills it; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.hasEnded) return
    this.child.kill('SIGKILL')
    await once(this.child, 'exit')
  }
}
