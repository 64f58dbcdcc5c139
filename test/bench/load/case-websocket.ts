import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { adopt, onOtherCpus, told } from './children.ts'
import { checked, cpuRatio, type Driver, type Rounds, sideBySide } from './compare.ts'
import type { Contender } from './contender.ts'
import { launchHaproxy } from './peer-processes.ts'
import { type Row, row } from './statistics.ts'
import { startTidegate } from './subject.ts'

const websockets = 64

/** Messages of 64 bytes to an upstream that echoes them, one at a time on each of 64 websockets, beside HAProxy. */
export async function websocketCase(rounds: Rounds): Promise<Row[]> {
  console.log(`\nwebsocket: echoed messages of 64 bytes, ${websockets} websockets`)
  const origin = await startWebsocketOrigin()
  const contenders = [await startTidegate({ origin }), await startHaproxyWebsocket(origin)]
  const samples = await sideBySide(contenders, websocketLoad, rounds, 'message')
  const [ours = [], haproxy = []] = samples
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

function startHaproxyWebsocket(origin: number): Promise<Contender> {
  return launchHaproxy(
    (port) => `defaults
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
}
