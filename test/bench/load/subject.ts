import type { ChildProcess } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { basename, join } from 'node:path'
import { stringify } from 'yaml'
import { root } from '../../support/source-files.ts'
import { childrenOf, folder, freePort, measuredCpu, pause, start, stop } from './children.ts'
import type { Contender } from './contender.ts'
import type { Logging } from './peers.ts'

/** A running Tidegate, started as an operator starts it. */
export interface Subject extends Contender {
  readonly adminPort: number
  readonly configFile: string
  readonly pid: number
  readonly child: ChildProcess
  /** From spawn to the first 200 of `/readyz`. */
  readonly readyMs: number
}

export interface SubjectOptions {
  readonly origin: number
  readonly workers?: number
  readonly logging?: Logging
  readonly cpus?: string
  /** Everything but listeners, admin and logs; by default all goes to the origin. */
  readonly config?: Readonly<Record<string, unknown>>
  /** The same as text, for configurations whose writing takes long. */
  readonly text?: string
  /** Settings of the one listener. */
  readonly listener?: Readonly<Record<string, unknown>>
}

let started = 0

/** The head of a configuration file: ports and logs. */
export function frame(port: number, adminPort: number, options: SubjectOptions): string {
  const accessLog = { to: options.logging === 'on' ? join(folder, `tidegate-${port}.log`) : 'off' }
  return stringify({
    listeners: [{ name: 'web', address: `127.0.0.1:${port}`, ...options.listener }],
    admin: { address: `127.0.0.1:${adminPort}` },
    accessLog,
    log: { level: 'warn' },
  })
}

/** Starts Tidegate by its launcher and waits until it is ready. */
export async function startTidegate(options: SubjectOptions): Promise<Subject> {
  const port = await freePort()
  const adminPort = await freePort()
  const configFile = join(folder, `tidegate-${++started}.yaml`)
  const rest =
    options.text ??
    stringify(
      options.config ?? {
        routes: [{ to: 'origin' }],
        clusters: { origin: { endpoints: [`127.0.0.1:${options.origin}`] } },
      },
    )
  writeFileSync(configFile, frame(port, adminPort, options) + rest)
  const begin = performance.now()
  const child = launch(configFile, options)
  const pid = child.pid ?? 0
  await ready(adminPort, child)
  return {
    name: 'tidegate',
    port,
    adminPort,
    configFile,
    pid,
    child,
    readyMs: performance.now() - begin,
    pids: () => [pid, ...childrenOf(pid)],
    stop: () => stop(child),
  }
}

/** Starts the program on a configuration file. */
export function launch(configFile: string, options: SubjectOptions): ChildProcess {
  const args = ['run', '--config', configFile, '--workers', String(options.workers ?? 1)]
  return start(options.cpus ?? measuredCpu, process.execPath, [join(root, 'src/cli/launcher.js'), ...args])
}

async function ready(adminPort: number, child: ChildProcess): Promise<void> {
  const end = performance.now() + 60_000
  while (performance.now() < end) {
    if (child.exitCode !== null) throw new Error(`tidegate ended with ${child.exitCode}:\n${printed()}`)
    if ((await admin(adminPort, '/readyz')).status === 200) return
    await pause(5)
  }
  throw new Error('tidegate was not ready within a minute')
}

/** The end of what the gateways of this run printed. */
function printed(): string {
  return readFileSync(join(folder, `${basename(process.execPath)}.log`), 'utf8').slice(-4000)
}

/** Asks the admin interface; status 0 when it does not answer. */
export function admin(port: number, path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part) => (text += part))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    request.on('error', () => resolve({ status: 0, text: '' }))
  })
}

/** The sum of a metric over its labels. */
export async function metric(port: number, name: string): Promise<number> {
  const { text } = await admin(port, '/metrics')
  let sum = 0
  for (const line of text.split('\n')) {
    if (line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      sum += Number(line.slice(line.lastIndexOf(' ') + 1))
  }
  return sum
}
