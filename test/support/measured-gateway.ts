import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { type Config, startGateway } from './gateway.ts'

/** A gateway in a process of its own that tells how much memory it holds. */
export class MeasuredGateway implements AsyncDisposable {
  readonly port: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  /** Starts one with a single listener. */
  static async start(config: Config): Promise<MeasuredGateway> {
    const child = fork(import.meta.filename, { execArgv: ['--expose-gc'] })
    child.send(config)
    const [port] = (await once(child, 'message')) as [number]
    return new MeasuredGateway(child, port)
  }

  /** KiB of heap and buffers that are still referred to. */
  async held(): Promise<number> {
    this.#child.send('measure')
    const [bytes] = (await once(this.#child, 'message')) as [number]
    return bytes / 1024
  }

  /** The same, once it has not moved by 100 KiB for a fifth of a second. */
  async settled(): Promise<number> {
    let last = await this.held()
    for (;;) {
      await pause(200)
      const now = await this.held()
      if (Math.abs(now - last) < 100) return now
      last = now
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }
}

/** The child: takes a configuration, tells its port, and what it holds whenever it is asked. */
async function serve(config: Config): Promise<void> {
  const gateway = await startGateway(config)
  process.send?.(gateway.port())
  process.on('message', () => {
    // Outcomes are kept for tests that look at them; here they would be counted as the gateway's.
    gateway.outcomes.length = 0
    globalThis.gc?.()
    globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    process.send?.(heapUsed + external)
  })
  process.on('disconnect', () => process.exit(0))
}

if (process.argv[1] === import.meta.filename) {
  process.once('message', (config) => void serve(config as Config))
}
