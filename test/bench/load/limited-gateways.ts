import { GatewayProcess } from '../../support/gateway-process.ts'
import { type LoadResult, load } from '../../support/load-client.ts'
import { type Message, value } from '../../support/message-reader.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { adopt, pause } from './children.ts'

export type Posture = 'open' | 'closed' | 'local'

/** Requests per second that all gateways together may admit. */
export const rate = 1000
export const gateways = 4
/** Connections to each gateway. */
const connections = 16
/** Answers are not measured until every connection has had some. */
const warmUpMs = 1000

/** Answers of some part of a run. */
export interface Tally {
  admitted: number
  limited: number
  unavailable: number
  /** 503 without `retry-after`, or for another reason than the limiter. */
  unexplained: number
  other: number
}

/** What became of the requests of a run; times are milliseconds. */
export interface LimitedRun {
  /** From the first request to the last answer. */
  readonly all: Tally
  readonly allMs: number
  /** Answered before the kill, without the first second. */
  readonly before: Tally
  readonly beforeMs: number
  /** Sent once every gateway knew that Redis is away. */
  readonly after: Tally
  readonly afterMs: number
  /** From the kill until the last gateway knew. */
  readonly noticedMs: number
  readonly sent: number
  /** Not answered completely, or not connected. */
  readonly failed: number
  readonly reasons: string
}

/** Four gateways whose only limit is counted in one Redis, under more load than it admits, for so long. */
export async function limitedRun(
  onStoreError: Posture,
  seconds: number,
  kill: 'killed' | 'kept',
): Promise<LimitedRun> {
  await using redis = await RedisServer.start()
  await using stack = new AsyncDisposableStack()
  const running = await startGateways(redis.port, onStoreError)
  for (const gateway of running) stack.use(gateway)
  const count = new Count()
  const end = new AbortController()
  const start = performance.now()
  const loads = running.map((gateway) => offer(gateway.port(), count, end.signal))
  await pause(warmUpMs)
  count.measure()
  if (kill === 'kept') {
    await pause(seconds * 1000)
    count.stop()
  } else {
    await pause(seconds * 500)
    count.stop()
    await redis.kill()
    await Promise.all(running.map((gateway) => gateway.line(/the Redis of rate limits does not answer/)))
    count.resume()
    await pause(seconds * 500)
  }
  end.abort()
  const results = await Promise.all(loads)
  return count.result(results, start)
}

async function startGateways(redis: number, onStoreError: Posture): Promise<GatewayProcess[]> {
  const rule = { name: 'all', key: 'everyone', rate: `${rate}/s`, burst: 0, onStoreError }
  const config = {
    workers: 1,
    redis: { url: `redis://127.0.0.1:${redis}`, replicas: gateways },
    accessLog: { to: 'off' },
    admin: { address: '127.0.0.1:0' },
    // The answers tell their reasons.
    listeners: [{ name: 'web', address: '127.0.0.1:0', errorDetail: 'on' }],
    routes: [{ filters: [{ rateLimit: rule }, { respond: { status: 200 } }] }],
  }
  const started: GatewayProcess[] = []
  for (let i = 0; i < gateways; i++) {
    const gateway = await GatewayProcess.start(JSON.stringify(config))
    adopt(gateway.child)
    await gateway.line(/the Redis of rate limits answers/)
    started.push(gateway)
  }
  return started
}

/** Requests at uneven distances of 16 ms in the mean on each connection: close to four times the rate from all. */
function offer(port: number, count: Count, signal: AbortSignal): Promise<LoadResult> {
  let turn = 0
  return load({
    port,
    connections,
    signal,
    request: () => 'GET / HTTP/1.1\r\nHost: bench.test\r\n\r\n',
    thinkMs: () => 8 + ((turn += 7) % 17),
    onAnswer: (message, sentAt) => count.add(message, sentAt),
  })
}

/** Puts each answer where it belongs. */
class Count {
  readonly #all = tally()
  readonly #before = tally()
  readonly #after = tally()
  #from = Number.POSITIVE_INFINITY
  #to = Number.POSITIVE_INFINITY
  #again = Number.POSITIVE_INFINITY
  #last = 0

  measure(): void {
    this.#from = performance.now()
  }

  stop(): void {
    this.#to = performance.now()
  }

  resume(): void {
    this.#again = performance.now()
  }

  add(message: Message, sentAt: number): void {
    const now = performance.now()
    this.#last = now
    add(message, this.#all)
    if (now >= this.#from && now < this.#to) add(message, this.#before)
    if (sentAt >= this.#again) add(message, this.#after)
  }

  result(loads: readonly LoadResult[], start: number): LimitedRun {
    const sum = (of: (one: LoadResult) => number): number => loads.reduce((all, one) => all + of(one), 0)
    return {
      all: this.#all,
      allMs: this.#last - start,
      before: this.#before,
      beforeMs: this.#to - this.#from,
      after: this.#after,
      afterMs: this.#last - this.#again,
      noticedMs: this.#again - this.#to,
      sent: sum(({ sent }) => sent),
      failed: sum(({ failed, closed, notConnected }) => failed + closed + notConnected),
      reasons: loads
        .flatMap(({ reasons }) => [...reasons.keys()].filter((key) => !/^\d+$/.test(key)))
        .join(', '),
    }
  }
}

function tally(): Tally {
  return { admitted: 0, limited: 0, unavailable: 0, unexplained: 0, other: 0 }
}

function add(message: Message, to: Tally): void {
  const status = message.startLine.slice(9, 12)
  if (status === '200') to.admitted++
  else if (status === '429') to.limited++
  else if (status === '503') to.unavailable++
  else to.other++
  if (status === '503' && !explained(message)) to.unexplained++
}

function explained({ fields }: Message): boolean {
  const isReason = value({ fields }, 'x-tidegate-reason') === 'limiter_unavailable'
  return isReason && /^[1-9]\d*$/.test(value({ fields }, 'retry-after') ?? '')
}
