import { writeFileSync } from 'node:fs'
import { percentile } from '../../support/load-client.ts'
import { RawClient } from '../../support/raw-client.ts'
import { allCpus, pause } from './children.ts'
import { manyRoutes } from './many-routes.ts'
import { residentKiB } from './process-stats.ts'
import { figure, type Row, row, shown } from './statistics.ts'
import { frame, metric, type Subject, startTidegate } from './subject.ts'

const hosts = 10_000
const reloads = 20

/** One route changed among 30,000, twenty times: how long a worker's event loop stands still, and whether memory grows. */
export async function changeCase(origin: number): Promise<Row[]> {
  return [...(await changed(origin, 1)), ...(await changed(origin, 2))]
}

async function changed(origin: number, workers: number): Promise<Row[]> {
  const mode = workers === 1 ? 'one process' : 'two workers'
  console.log(`\nchange: one of 30,000 routes, ${reloads} times, ${mode}`)
  const options = { origin, workers, cpus: allCpus, text: manyRoutes(origin, hosts) }
  const subject = await startTidegate(options)
  const stalls: number[] = []
  const delays: number[] = []
  const memory: number[] = [residentKiB(subject.pids()) / 1024]
  const probe = await startProbe(subject.port)
  await metric(subject.adminPort, 'tidegate_config_hash')
  for (let i = 0; i < reloads; i++) {
    const text = frame(subject.port, subject.adminPort, options) + manyRoutes(origin, hosts, `changed-${i}`)
    stalls.push(await reload(subject, text, probe))
    delays.push(1000 * (await metric(subject.adminPort, 'tidegate_event_loop_delay_max_seconds')))
    memory.push(residentKiB(subject.pids()) / 1024)
  }
  const quiet = await probe.quiet()
  probe.stop()
  await subject.stop()
  const late = figure(memory.slice(-5))
  const early = figure(memory.slice(5, 10))
  console.log(
    `  slowest answer around a reload ${shown(figure(stalls), 1, ' ms')}; slowest in a second without one ${quiet.toFixed(1)} ms`,
  )
  console.log(`  event-loop delay by the gateway's own metric ${shown(figure(delays), 1, ' ms')}`)
  console.log(`  resident after start and each reload, MiB: ${memory.map((m) => m.toFixed(0)).join(' ')}`)
  return [
    row(
      `one route changed among 30,000, ${mode}: stall of a worker`,
      { kind: 'at most', must: 10, aim: 3, unit: ' ms', digits: 1 },
      figure(stalls),
      `metric ${shown(figure(delays), 1, ' ms')}`,
    ),
    row(
      `memory after ${reloads} reloads over that after 5–9, ${mode}`,
      { kind: 'at most', must: 1.1, aim: 1.02 },
      figure([late.median / early.median]),
      `${late.median.toFixed(0)} MiB`,
    ),
  ]
}

/** Writes the file and waits until it is in force. @returns the slowest answer meanwhile, in ms. */
async function reload(subject: Subject, text: string, probe: Probe): Promise<number> {
  const before = await configHash(subject)
  probe.clear()
  writeFileSync(subject.configFile, text)
  const end = performance.now() + 30_000
  while ((await configHash(subject)) === before) {
    if (performance.now() > end) throw new Error('a reload did not come into force within 30 s')
    await pause(50)
  }
  await pause(300)
  return probe.slowest()
}

async function configHash({ adminPort }: Subject): Promise<number> {
  return metric(adminPort, 'tidegate_config_hash')
}

interface Probe {
  clear(): void
  /** Milliseconds since the last `clear()`. */
  slowest(): number
  /** The slowest in a second in which nothing else happens. */
  quiet(): Promise<number>
  stop(): void
}

/** Asks every two milliseconds on one connection; an answer that is late tells that the event loop stood still. */
async function startProbe(port: number): Promise<Probe> {
  const client = await RawClient.connect(port)
  const request = 'GET / HTTP/1.1\r\nHost: h0.test\r\n\r\n'
  let latencies: number[] = []
  const ended = new AbortController()
  const run = async (): Promise<void> => {
    for (let i = 0; !ended.signal.aborted; i++) {
      const begin = performance.now()
      await client
        .send(request)
        .response(i)
        .catch(() => undefined)
      latencies.push(performance.now() - begin)
      await pause(1)
    }
  }
  void run()
  return {
    clear: () => {
      latencies = []
    },
    slowest: () => percentile(latencies, 1),
    async quiet() {
      latencies = []
      await pause(1000)
      return percentile(latencies, 1)
    },
    stop: () => {
      ended.abort()
      client.socket.destroy()
    },
  }
}
