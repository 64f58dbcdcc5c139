import type { KubeClient } from '../../../support/kubernetes/kube-client.ts'
import { allCpus, pause } from '../children.ts'
import { cpuMicroseconds } from '../process-stats.ts'
import { figure, invalid, type Row, row } from '../statistics.ts'
import { wrk } from '../wrk.ts'
import { podPorts } from './pods.ts'
import { hostOf, sliceOf } from './population.ts'
import type { Controller } from './subject.ts'

const perSecond = 100

/** Endpoint changes without end under load, against the same load in quiet, in turns. */
export async function churnRows(client: KubeClient, controller: Controller, seconds: number): Promise<Row[]> {
  console.log(`\nchurn: ${perSecond} endpoint changes a second for ${seconds} s under wrk`)
  const rounds = 3
  const quiet: Load[] = []
  const busy: Load[] = []
  let changes = 0
  for (let i = 0; i < rounds; i++) {
    quiet.push(await loaded(controller, seconds / rounds))
    const end = new AbortController()
    const changing = change(client, changes, end.signal)
    busy.push(await loaded(controller, seconds / rounds))
    end.abort()
    changes = await changing
  }
  const bad = [...quiet, ...busy].map((one) => one.bad).filter(Boolean)
  const rate = changes / seconds
  const limit = { kind: 'at most', must: 1.15, aim: 1.05 } as const
  const notes = `${rate.toFixed(0)} changes a second, ${bad.length === 0 ? '0 failed' : bad.join('; ')}`
  const workers = row(
    'CPU per request of the workers, churn over quiet',
    limit,
    ratio(busy, quiet, 'workers'),
    notes,
  )
  const whole = row('the same with the control process', limit, ratio(busy, quiet, 'whole'))
  return bad.length === 0 ? [workers, whole] : [invalid(workers, 'failures'), whole]
}

interface Load {
  /** CPU microseconds per request. */
  readonly workers: number
  readonly whole: number
  readonly bad: string
}

function ratio(busy: readonly Load[], quiet: readonly Load[], of: 'workers' | 'whole') {
  return figure(busy.map((one, i) => one[of] / (quiet[i]?.[of] ?? Number.NaN)))
}

async function loaded(controller: Controller, seconds: number): Promise<Load> {
  const pids = controller.workers()
  const control = [controller.process.pid]
  const before = [cpuMicroseconds(pids), cpuMicroseconds(control)] as const
  const result = await wrk({ port: controller.port, path: '/p0', host: hostOf(5), seconds, cpus: allCpus })
  const worked = cpuMicroseconds(pids) - before[0]
  const heard = cpuMicroseconds(control) - before[1]
  console.log(
    `  ${result.perSecond.toFixed(0)} requests a second, ${(worked / result.requests).toFixed(1)} µs each in workers, ${(heard / seconds / 1000).toFixed(0)} ms of the control process a second`,
  )
  return { workers: worked / result.requests, whole: (worked + heard) / result.requests, bad: result.bad }
}

/** Changes slices in turn, that of the host under load among them; gives how many there were. */
async function change(client: KubeClient, from: number, end: AbortSignal): Promise<number> {
  let count = from
  const began = performance.now()
  const run = async (): Promise<void> => {
    while (!end.aborted) {
      const i = count++
      await client.apply(sliceOf(i % 50, podPorts[Math.floor(i / 50) % 2] ?? 0))
      await pause(Math.max(0, ((count - from) * 1000) / perSecond - (performance.now() - began)))
    }
  }
  await Promise.all([run(), run(), run(), run()])
  return count
}
