import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type TestFolder, testFolder } from './folder.ts'
import { freePort } from './free-port.ts'
import { find, provide } from './packages.ts'

const tool = { program: 'redis-server', debian: 'redis-server', why: 'counts limits that replicas share' }

/** A real Redis on a free port of the loopback, with a folder of its own; its data outlives `kill` and `start` if it was saved. */
export class RedisServer implements AsyncDisposable {
  readonly port: number
  readonly folder: TestFolder
  readonly options: readonly string[]
  #process: ChildProcess | undefined

  private constructor(port: number, folder: TestFolder, options: readonly string[]) {
    this.port = port
    this.folder = folder
    this.options = options
  }

  /** @param options as on its command line, such as `--requirepass x`. */
  static async start(...options: readonly string[]): Promise<RedisServer> {
    const server = await RedisServer.prepare(...options)
    await server.start()
    return server
  }

  /** Takes a port and a folder, and starts nothing. */
  static async prepare(...options: readonly string[]): Promise<RedisServer> {
    if (!provide([tool])) throw new Error('redis-server is missing')
    return new RedisServer(await freePort(), testFolder(), options)
  }

  /** Starts it, on the same port as before, and waits until it takes connections; it may be loading its data then. */
  async start(...more: readonly string[]): Promise<void> {
    await this.startWith('--save', '', ...this.options, ...more)
  }

  /** The same with other options than those it was made with; the first may be a file with some. */
  async startWith(...options: readonly string[]): Promise<void> {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder.path]
    this.#process = spawn(find('redis-server') ?? 'redis-server', [...options, ...place], { stdio: 'ignore' })
    while (!(await answers(this.port))) {
      if (this.#process.exitCode !== null) throw new Error('redis-server has ended')
      await pause(20)
    }
  }

  get isRunning(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(name)
  }

  /** Kills it with SIGKILL, as a host that fails does. */
  async kill(): Promise<void> {
    const running = this.#process
    this.#process = undefined
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    const gone = once(running, 'exit')
    running.kill('SIGKILL')
    await gone
  }

  /** Sends one command and gives the first line of the reply, or the text of it when it is a string. */
  async command(...words: readonly string[]): Promise<string> {
    const text = await this.commands(words)
    return text.startsWith('$') ? text.slice(text.indexOf('\n') + 1).trim() : (text.split('\r\n')[0] ?? '')
  }

  /** Sends commands over one connection, each after the reply to the one before, and gives the replies as they came. */
  async commands(...all: readonly (readonly string[])[]): Promise<string> {
    const socket = connect(this.port, '127.0.0.1')
    let replies = ''
    for (const words of all) {
      const bulk = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')
      socket.write(`*${words.length}\r\n${bulk}`)
      const [data] = (await once(socket, 'data')) as [Buffer]
      replies += data.toString()
    }
    socket.destroy()
    return replies
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    this.folder[Symbol.dispose]()
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
