import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type Agent, type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Config } from './gateway.ts'
import { until } from './raw-client.ts'
import { root } from './source-files.ts'

/** A line of the gateway's own log. */
export interface LogLine {
  readonly level: string
  readonly message: string
  readonly [field: string]: unknown
}

export interface Response {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface ProcessOptions {
  readonly workers?: number
  readonly args?: readonly string[]
}

/** Where a request goes: to a listener, the `admin` address, or a port. */
export interface Asked {
  readonly name?: string
  readonly port?: number
  readonly agent?: Agent
}

/** Waiting for processes takes longer than for sockets; reaching it is the failure. */
const patience = 30_000

/** What a service manager starts: the program itself, with its configuration in a file, and everything it prints. */
export class GatewayProcess implements AsyncDisposable {
  readonly folder: string
  readonly file: string
  readonly child: ChildProcess
  readonly log: LogLine[] = []
  /** Lines that are not JSON: a crash of Node itself, for instance. */
  readonly odd: string[] = []
  accessLog = ''
  #rest = ''
  #exit: string | undefined

  private constructor(config: Config | string, options: ProcessOptions) {
    this.folder = mkdtempSync(join(tmpdir(), 'tidegate-test-'))
    this.file = join(this.folder, 'gateway.yaml')
    writeFileSync(this.file, textOf(config))
    const workers = options.workers === undefined ? [] : ['--workers', String(options.workers)]
    const args = ['src/main.ts', 'run', '--config', this.file, ...workers, ...(options.args ?? [])]
    this.child = spawn(process.execPath, ['--disable-sigusr1', '--disable-proto=delete', ...args], {
      cwd: root,
      // As the launcher does: most of a start is compiling.
      env: { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/tidegate'), ...process.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.on('data', (data) => {
      this.accessLog += String(data)
    })
    this.child.stderr?.on('data', (data) => this.#read(String(data)))
    this.child.on('exit', (code, signal) => {
      this.#exit = signal ?? String(code)
    })
  }

  /** Starts one and waits until it is ready, or has ended. */
  static async start(config: Config | string, options: ProcessOptions = {}): Promise<GatewayProcess> {
    const gateway = new GatewayProcess(config, options)
    const isUp = (): boolean => gateway.has('ready') || gateway.has('not ready')
    await until(() => isUp() || gateway.#exit !== undefined, 'the gateway is up', patience)
    return gateway
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** Whether a line with this message, or one that matches, was logged. */
  has(message: string | RegExp): boolean {
    return this.lines(message).length > 0
  }

  lines(message: string | RegExp): LogLine[] {
    return this.log.filter((line) =>
      typeof message === 'string' ? line.message === message : message.test(line.message),
    )
  }

  /** The `count`th line of this kind; waits for it. */
  async line(message: string | RegExp, count = 1): Promise<LogLine> {
    await until(() => this.lines(message).length >= count, `the log says ${message}`, patience)
    return this.lines(message)[count - 1] as LogLine
  }

  /** Process ids of the workers, in the order in which they started. */
  workers(): number[] {
    return this.lines('a worker started').map(({ pid }) => Number(pid))
  }

  /** The port that a listener (or `admin`) was given, as last told. */
  port(name = 'web'): number {
    const line = this.log.findLast((line) => line['listener'] === name || line[name] !== undefined)
    return Number(
      String(line?.['address'] ?? line?.[name])
        .split(':')
        .at(-1),
    )
  }

  /** Replaces the file in one step, as editors and deployments do. */
  write(config: Config | string): void {
    const next = `${this.file}.next`
    writeFileSync(next, textOf(config))
    renameSync(next, this.file)
  }

  /** A request on a connection of its own, unless an agent keeps some. */
  get(path: string, asked: Asked = {}): Promise<Response> {
    const { name = 'web', port = this.port(name), agent = false } = asked
    const headers = name === 'admin' ? {} : { host: 'a.test' }
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, agent, headers }, (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += String(chunk)
        })
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        )
        response.on('error', reject)
      })
      sent.on('error', reject)
      sent.end()
    })
  }

  async admin(path: string): Promise<unknown> {
    return JSON.parse((await this.get(path, { name: 'admin' })).text)
  }

  /** A number of `/metrics`, by its name and labels as they are printed. */
  async metric(series: string): Promise<number> {
    const { text } = await this.get('/metrics', { name: 'admin' })
    const line = text.split('\n').find((line) => line.startsWith(`${series} `))
    return Number(line?.split(' ').at(-1))
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** The exit code, or the signal that ended it; waits for it. */
  async exit(): Promise<string> {
    await until(() => this.#exit !== undefined, 'the gateway has ended', patience)
    return this.#exit ?? ''
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#exit === undefined) {
      this.child.kill('SIGKILL')
      await once(this.child, 'exit')
    }
    rmSync(this.folder, { recursive: true, force: true })
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.startsWith('{')) this.log.push(JSON.parse(line) as LogLine)
      else this.odd.push(line)
    }
  }
}

function textOf(config: Config | string): string {
  return typeof config === 'string' ? config : stringify(config)
}
