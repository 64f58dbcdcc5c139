import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, freePort, listening, measuredCpu, start, stop } from './children.ts'
import { checked, detail, interleaved, type Rounds } from './compare.ts'
import type { Contender } from './contender.ts'
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
  const samples = await interleaved(
    contenders.map((contender) => [contender, load] as const),
    rounds,
  )
  const [ours = [], haproxy = []] = samples
  for (const [i, contender] of contenders.entries())
    console.log(detail(contender.name, samples[i] ?? [], i === 0 ? undefined : ours))
  for (const contender of contenders) await contender.stop()
  const perCpuSecond = figure(ours.map((s, i) => (haproxy[i]?.microseconds ?? Number.NaN) / s.microseconds))
  const limit = { kind: 'at least', must: 0.9, aim: 1.1 } as const
  return [checked(row('bytes per CPU second, TCP, against HAProxy', limit, perCpuSecond), samples)]
}

/** HAProxy, one thread, reading and writing what it hands on: its default where the kernel is not told to splice. */
async function startHaproxyTcp(origin: number): Promise<Contender> {
  const port = await freePort()
  const file = join(folder, `haproxy-${port}.cfg`)
  writeFileSync(
    file,
    `global
  maxconn 8192
  nbthread 1
defaults
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
  const child = start(measuredCpu, 'haproxy', ['-f', file])
  await listening(port, 'haproxy')
  return { name: 'haproxy', port, pids: () => [child.pid ?? 0], stop: () => stop(child) }
}
