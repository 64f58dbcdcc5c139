import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'

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

  /** Kills it; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.hasEnded) return
    this.child.kill('SIGKILL')
    await once(this.child, 'exit')
  }
}
