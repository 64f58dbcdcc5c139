import type { KubeClient } from '../../../support/kubernetes/kube-client.ts'
import { configMap } from '../../../support/kubernetes/objects.ts'
import { allCpus, pause } from '../children.ts'
import { cpuMicroseconds } from '../process-stats.ts'
import { figure, invalid, type Row, row } from '../statistics.ts'
import { wrk } from '../wrk.ts'
import { podPorts } from './pods.ts'
import { addressesOf, hostOf, namespace, sliceOf } from './population.ts'
import type { Controller } from './subject.ts'

const perSecond = 100

/**
 * Endpoint changes without end under load, in turns with the same load while nothing is written, and while as many objects are written
 * that are not ours: the API server and who writes to it take processors from everybody, and that is not the gateway's doing.
 */
export async function churnRows(client: KubeClient, controller: Controller, seconds: number): Promise<Row[]> {
  console.log(`\nchurn: ${perSecond} endpoint changes a second for ${seconds} s under wrk`)
  // Short turns: the machine gets faster and slower by itself, in minutes.
  const rounds = 6
  const quiet: Load[] = []
  const others: Load[] = []
  const busy: Load[] = []
  let changes = 0
  // Code that has not run yet is compiled once, not in each minute of a day.
  await writing(
    (n) => client.apply(oneMoved(n)),
    () => loaded(controller, 5, 'to warm up, endpoints change'),
  )
  for (let i = 0; i < rounds; i++) {
    const during = seconds / rounds
    quiet.push(await loaded(controller, during, 'nothing is written'))
    await writing(
      (n) => client.apply(noteOf(n)),
      async () => others.push(await loaded(controller, during, 'other objects are written')),
    )
    changes += await writing(
      (n) => client.apply(oneMoved(n)),
      async () => busy.push(await loaded(controller, during, 'endpoints change')),
    )
  }
  const bad = [...quiet, ...others, ...busy].map((one) => one.bad).filter(Boolean)
  const limit = { kind: 'at most', must: 1.15, aim: 1.05 } as const
  const what = 'CPU per request under 100 endpoint changes a second'
  const notes = `${(changes / seconds).toFixed(0)} changes a second, ${bad.length === 0 ? '0 failed' : bad.join('; ')}`
  const rows = [
    row(
      `${what}, workers, over as many writes of other objects`,
      limit,
      ratio(busy, others, 'workers'),
      notes,
    ),
    row(`${what}, workers, over a quiet machine`, limit, ratio(busy, quiet, 'workers')),
    row(`${what}, control process too, over other writes`, limit, ratio(busy, others, 'whole')),
    row(`${what}, control process too, over a quiet machine`, limit, ratio(busy, quiet, 'whole')),
  ]
  return bad.length === 0 ? rows : rows.map((line) => invalid(line, 'failures'))
}

/** A slice of which one endpoint is another than before: a pod that was replaced. */
function oneMoved(n: number) {
  const service = n % 50
  const turn = Math.floor(n / 50)
  const addresses = addressesOf(service).map((address, i) => (i === turn % 5 ? moved(address) : address))
  return sliceOf(service, podPorts[0], addresses)
}

/** An address that no Service has. */
function moved(address: string): string {
  const [, , third, fourth] = address.split('.')
  return `10.244.${Number(third) + 100}.${fourth}`
}

/** An object that the gateway does not read. */
function noteOf(n: number) {
  return configMap({ namespace, name: `note-${n % 50}`, data: { n: String(n) } })
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

async function loaded(controller: Controller, seconds: number, meanwhile: string): Promise<Load> {
  const pids = controller.workers()
  const control = [controller.process.pid]
  const before = [cpuMicroseconds(pids), cpuMicroseconds(control)] as const
  const result = await wrk({ port: controller.port, path: '/p0', host: hostOf(5), seconds, cpus: allCpus })
  const worked = cpuMicroseconds(pids) - before[0]
  const heard = cpuMicroseconds(control) - before[1]
  console.log(
    `  ${meanwhile}: ${result.perSecond.toFixed(0)} requests a second, ${(worked / result.requests).toFixed(1)} µs each in workers, ${(heard / seconds / 1000).toFixed(0)} ms of the control process a second`,
  )
  return { workers: worked / result.requests, whole: (worked + heard) / result.requests, bad: result.bad }
}

let written = 0

/** Writes a hundred times a second until `run` is over; gives how often. */
async function writing(write: (n: number) => Promise<unknown>, run: () => Promise<unknown>): Promise<number> {
  const end = new AbortController()
  const from = written
  const began = performance.now()
  const writer = async (): Promise<void> => {
    while (!end.signal.aborted) {
      await write(written++)
      await pause(Math.max(0, ((written - from) * 1000) / perSecond - (performance.now() - began)))
    }
  }
  const writers = [writer(), writer(), writer(), writer()]
  await run()
  end.abort()
  await Promise.all(writers)
  return written - from
}
