import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  adopt,
  folder,
  freePort,
  listening,
  measuredCpu,
  onOtherCpus,
  start,
  stop,
  told,
} from './children.ts'
import { checked, cpuRatio, type Driver, detail, interleaved, type Rounds } from './compare.ts'
import type { Contender } from './contender.ts'
import { type Row, row } from './statistics.ts'
import { startTidegate } from './subject.ts'

const websockets = 64

/** Messages of 64 bytes to an upstream that echoes them, one at a time on each of 64 websockets, beside HAProxy. */
export async function websocketCase(rounds: Rounds): Promise<Row[]> {
  console.log(`\nwebsocket: echoed messages of 64 bytes, ${websockets} websockets`)
  const origin = await startWebsocketOrigin()
  const contenders = [await startTidegate({ origin }), await startHaproxyWebsocket(origin)]
  const samples = await interleaved(
    contenders.map((contender) => [contender, websocketLoad] as const),
    rounds,
  )
  const [ours = [], haproxy = []] = samples
  for (const [i, contender] of contenders.entries())
    console.log(detail(contender.name, samples[i] ?? [], i === 0 ? undefined : ours, 'message'))
  for (const contender of contenders) await contender.stop()
  const limit = { kind: 'at most', must: 1.35, aim: 1.15 } as const
  const what = 'CPU per echoed websocket message, against HAProxy'
  return [checked(row(what, limit, cpuRatio(ours, haproxy)), samples)]
}

/** Starts the upstream that echoes; its port. */
export async function startWebsocketOrigin(): Promise<number> {
  const child = adopt(fork(join(import.meta.dirname, 'websocket-origin.ts'), onOtherCpus()))
  const [port] = (await once(child, 'message')) as [number]
  return port
}

interface Counts {
  readonly messages: number
  readonly failed: number
  readonly perSecond: number
}

export const websocketLoad: Driver = async (port, seconds) => {
  const { messages, failed, perSecond } = await told<Counts>('websocket-load.ts', [port, seconds, websockets])
  const bad = failed === 0 ? '' : `${failed} websockets failed`
  return { requests: messages, perSecond, p50: Number.NaN, p99: Number.NaN, bad }
}

async function startHaproxyWebsocket(origin: number): Promise<Contender> {
  const port = await freePort()
  const file = join(folder, `haproxy-${port}.cfg`)
  writeFileSync(
    file,
    `global
  maxconn 8192
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
frontend f
  bind 127.0.0.1:${port}
  option forwardfor
  default_backend b
backend b
  server s 127.0.0.1:${origin}
`,
  )
  const child = start(measuredCpu, 'haproxy', ['-f', file])
  await listening(port, 'haproxy')
  return { name: 'haproxy', port, pids: () => [child.pid ?? 0], stop: () => stop(child) }
}
