import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { find } from '../../support/packages.ts'
import { folder, otherCpus } from './children.ts'

export interface WrkOptions {
  readonly port: number
  readonly path?: string
  readonly host?: string
  readonly scheme?: 'http' | 'https'
  readonly connections?: number
  readonly seconds: number
  /** A Lua script that wrk runs. */
  readonly script?: string
  readonly cpus?: string
}

export interface WrkResult {
  readonly requests: number
  readonly perSecond: number
  readonly bytes: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Non-2xx answers and socket errors, as wrk words them; empty when all is well. */
  readonly bad: string
}

/** Runs wrk with one thread. */
export async function wrk(options: WrkOptions): Promise<WrkResult> {
  const { port, path = '/', host = 'bench.test', connections = 64, seconds, script } = options
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-H', `Host: ${host}`]
  if (script !== undefined) args.push('-s', script)
  // wrk names the host of the URL in its hello, where no address may stand (RFC 6066 §3).
  args.push(
    options.scheme === 'https' ? `https://localhost:${port}${path}` : `http://127.0.0.1:${port}${path}`,
  )
  const child = spawn('taskset', ['-c', options.cpus ?? otherCpus, find('wrk') ?? 'wrk', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (data) => (text += data))
  await new Promise((resolve) => child.once('close', resolve))
  const [, count = '0', , amount = '0', unit = ''] =
    /(\d+) requests in ([\d.]+\w+), ([\d.]+)(\w+) read/.exec(text) ?? []
  return {
    requests: Number(count),
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1] ?? 0),
    bytes: Number(amount) * (units[unit] ?? 1),
    p50: milliseconds(/^\s+50%\s+(\S+)/m.exec(text)?.[1]),
    p99: milliseconds(/^\s+99%\s+(\S+)/m.exec(text)?.[1]),
    bad: [/Non-2xx.*/.exec(text)?.[0], /Socket errors.*/.exec(text)?.[0]]
      .filter((part) => part !== undefined)
      .join('; '),
  }
}

const units: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
}

function milliseconds(text: string | undefined): number {
  const [, number = 'NaN', unit = ''] = /^([\d.]+)(us|ms|s)$/.exec(text ?? '') ?? []
  return Number(number) * (unit === 'us' ? 0.001 : unit === 's' ? 1000 : 1)
}

/**
 * A script that sends GETs to `hosts` names (`h0.test` …) and the paths of the three routes each of them has, in a
 * scattered order. All requests are made beforehand, always as many, so that wrk does the same work for one host; and each
 * has a cookie of its own, so that no head is like the last and the number of hosts is all that differs.
 */
export function manyHostsScript(hosts: number): string {
  const file = join(folder, `hosts-${hosts}.lua`)
  writeFileSync(
    file,
    `local requests, at = {}, 0
init = function(args)
  local paths = { '/', '/api/x', '/static/y' }
  for i = 0, 29999 do
    local n = (i * 7919) % 30000
    local host = 'h' .. (math.floor(n / 3) % ${hosts}) .. '.test'
    requests[i] = wrk.format('GET', paths[n % 3 + 1], { Host = host, Cookie = 'session=' .. n })
  end
end
request = function()
  at = (at + 1) % 30000
  return requests[at]
end
`,
  )
  return file
}
