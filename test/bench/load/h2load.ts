import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { find } from '../../support/packages.ts'
import { folder, otherCpus } from './children.ts'
import type { LoadResult } from './compare.ts'

export interface H2loadOptions {
  readonly scheme: 'http' | 'https'
  readonly path?: string
  readonly clients: number
  readonly streams: number
  readonly headers?: readonly string[]
  /** Makes every request a POST of it. */
  readonly body?: Buffer
}

/** Runs h2load over HTTP/2 with one thread. */
export async function h2load(options: H2loadOptions, port: number, seconds: number): Promise<LoadResult> {
  const { scheme, path = '/', clients, streams, headers = [], body } = options
  const args = [
    `-D${seconds}`,
    `-c${clients}`,
    `-m${streams}`,
    '-t1',
    ...headers.flatMap((line) => ['-H', line]),
  ]
  if (body !== undefined) {
    const file = join(folder, `body-${body.length}`)
    writeFileSync(file, body)
    args.push('-d', file)
  }
  args.push(`${scheme}://127.0.0.1:${port}${path}`)
  const child = spawn('taskset', ['-c', otherCpus, find('h2load') ?? 'h2load', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (data) => (text += data))
  await new Promise((resolve) => child.once('close', resolve))
  const [, done = '0', succeeded = '0', failed = '0'] =
    /requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed/.exec(text) ?? []
  const [, ok = '0'] = /status codes: (\d+) 2xx/.exec(text) ?? []
  const times = /time for request:\s+\S+\s+\S+\s+(\S+)/.exec(text)
  // A response under way at the end has its status counted and is not done.
  const bad =
    Number(failed) > 0 || Number(ok) < Number(succeeded) ? `${failed} failed, ${ok} of ${done} were 2xx` : ''
  const mean = milliseconds(times?.[1])
  return { requests: Number(succeeded), perSecond: Number(succeeded) / seconds, p50: mean, p99: mean, bad }
}

/** h2load tells the mean, not quantiles. */
function milliseconds(text: string | undefined): number {
  const [, number = 'NaN', unit = ''] = /^([\d.]+)(us|ms|s)$/.exec(text ?? '') ?? []
  return Number(number) * (unit === 'us' ? 0.001 : unit === 's' ? 1000 : 1)
}
