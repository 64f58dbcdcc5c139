import { checked, type Rounds, sideBySide } from './compare.ts'
import type { Contender } from './contender.ts'
import { launchHaproxy } from './peer-processes.ts'
import { figure, type Row, row } from './statistics.ts'
import { startTidegate } from './subject.ts'

/** Bytes of one megabyte bodies through a TCP listener, beside HAProxy in TCP mode without splicing in the kernel. */
export async function tcpCase(origin: number, rounds: Rounds): Promise<Row[]> {
  console.log('\ntcp: connections handed on as bytes, 1 MB answers')
  const config = { clusters: { origin: { endpoints: [`127.0.0.1:${origin}`] } } }
  const contenders = [
    await startTidegate({ origin, listener: { tcp: { to: 'origin', accessLog: 'off' } }, config }),
    await startHaproxyTcp(origin),
  ]
  const load = { path: '/1m', connections: 16 }
  const samples = await sideBySide(contenders, load, rounds)
  const [ours = [], haproxy = []] = samples
  for (const contender of contenders) await contender.stop()
  const perCpuSecond = figure(ours.map((s, i) => (haproxy[i]?.microseconds ?? Number.NaN) / s.microseconds))
  const limit = { kind: 'at least', must: 0.9, aim: 1.1 } as const
  return [checked(row('bytes per CPU second, TCP, against HAProxy', limit, perCpuSecond), samples)]
}

/** HAProxy, one thread, reading and writing what it hands on: its default where the kernel is not told to splice. */
function startHaproxyTcp(origin: number): Promise<Contender> {
  return launchHaproxy(
    (port) => `defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend f
  bind 127.0.0.1:${port}
  default_backend b
backend b
  server s 127.0.0.1:${origin}
`,
  )
}
