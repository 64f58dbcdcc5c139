import { writeFileSync } from 'node:fs'
import { percentile } from '../../support/load-client.ts'
import { RawClient, status } from '../../support/raw-client.ts'
import { allCpus, pause } from './children.ts'
import { changedStatus, manyRoutes } from './many-routes.ts'
import { residentKiB } from './process-stats.ts'
import { figure, type Row, row, shown } from './statistics.ts'
import { frame, metric, startTidegate } from './subject.ts'

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
  const delay = async (): Promise<number> =>
    1000 * (await metric(subject.adminPort, 'tidegate_event_loop_delay_max_seconds'))
  const probe = new Probe(await RawClient.connect(subject.port))
  const answers: number[] = []
  const delays: number[] = []
  const memory: number[] = [residentKiB(subject.pids()) / 1024]
  for (let i = 0; i < reloads; i++) {
    const path = `/changed-${i}`
    const text = frame(subject.port, subject.adminPort, options) + manyRoutes(origin, hosts, path)
    // A scrape of so many series is work too: what it costs must not be in the figures.
    await delay()
    await pause(500)
    probe.clear()
    writeFileSync(subject.configFile, text)
    await probe.until(path, changedStatus)
    await pause(200)
    answers.push(probe.slowest())
    delays.push(await delay())
    memory.push(residentKiB(subject.pids()) / 1024)
  }
  await pause(500)
  const quiet = await probe.quiet()
  probe.stop()
  await subject.stop()
  console.log(
    `  slowest answer around a reload ${shown(figure(answers), 1, ' ms')}, in a second without one ${quiet.toFixed(1)} ms`,
  )
  console.log(`  event-loop delay by the gateway's own metric ${shown(figure(delays), 1, ' ms')}`)
  console.log(`  resident after start and each reload, MiB: ${memory.map((m) => m.toFixed(0)).join(' ')}`)
  // Each of the two is at least the stall: the one counts the scheduler, the other every process of the gateway.
  const stalls = answers.map((answer, i) => Math.min(answer, delays[i] ?? Number.POSITIVE_INFINITY))
  const late = figure(memory.slice(-5))
  const early = figure(memory.slice(5, 10))
  return [
    row(
      `one route changed among 30,000, ${mode}: stall of a worker`,
      { kind: 'at most', must: 10, aim: 3, unit: ' ms', digits: 1 },
      figure(stalls),
    ),
    row(
      `memory after ${reloads} reloads over that after 5–9, ${mode}`,
      { kind: 'at most', must: 1.1, aim: 1.02 },
      figure([late.median / early.median]),
      `${late.median.toFixed(0)} MiB`,
    ),
  ]
}

/** Asks all the time on one connection; an answer that is late tells that the event loop stood still. */
class Probe {
  readonly #client: RawClient
  readonly #end = new AbortController()
  #latencies: number[] = []
  #path = '/'
  #last = 0

  constructor(client: RawClient) {
    this.#client = client
    void this.#run()
  }

  clear(): void {
    this.#latencies = []
  }

  /** Milliseconds since `clear()`. */
  slowest(): number {
    return percentile(this.#latencies, 1)
  }

  /** Waits until a path is answered with this status. */
  async until(path: string, expected: number): Promise<void> {
    this.#path = path
    const end = performance.now() + 30_000
    while (this.#last !== expected) {
      if (performance.now() > end) throw new Error('a reload did not come into force within 30 s')
      await pause(5)
    }
    this.#path = '/'
    await pause(10)
  }

  /** The slowest in a second in which nothing else happens. */
  async quiet(): Promise<number> {
    this.clear()
    await pause(1000)
    return this.slowest()
  }

  stop(): void {
    this.#end.abort()
    this.#client.socket.destroy()
  }

  async #run(): Promise<void> {
    for (let i = 0; !this.#end.signal.aborted; i++) {
      const begin = performance.now()
      const request = `GET ${this.#path} HTTP/1.1\r\nHost: h${hosts >> 1}.test\r\n\r\n`
      const response = await this.#client
        .send(request)
        .response(i)
        .catch(() => undefined)
      this.#latencies.push(performance.now() - begin)
      this.#last = status(response)
      await pause(1)
    }
  }
}
