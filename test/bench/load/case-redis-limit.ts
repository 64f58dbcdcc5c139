import { freePort, listening, otherCpus, pause, start, stop } from './children.ts'
import { checked, detail, interleaved, type Rounds, type Sample } from './compare.ts'
import { type Figure, figure, type Row, row } from './statistics.ts'
import { steadyLoad } from './steady-load.ts'
import { metric, type Subject, startTidegate } from './subject.ts'

/**
 * A limit that every request is held against, and that refuses none, counted in Redis, against no limit: what it costs the gateway,
 * and how long a request waits for it, while Redis answers and while it is frozen.
 */
export async function redisLimitCase(origin: number, rounds: Rounds): Promise<Row[]> {
  console.log('\nredis-limit: a limit in Redis on every request against none')
  const port = await freePort()
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const redis = start(otherCpus, 'redis-server', place)
  await listening(port, 'redis-server')
  const clusters = { origin: { endpoints: [`127.0.0.1:${origin}`] } }
  const filters = [{ rateLimit: { key: 'client-ip', rate: '1000000/s' } }]
  const store = { redis: { url: `redis://127.0.0.1:${port}`, replicas: 1 } }
  const none = await startTidegate({ origin, config: { routes: [{ to: 'origin' }], clusters } })
  const limit = await startTidegate({
    origin,
    config: { routes: [{ to: 'origin', filters }], clusters, ...store },
  })

  const [free = [], limited = []] = await interleaved([[none, {}] as const, [limit, {}] as const], rounds)
  console.log(detail('no limit', free, undefined))
  console.log(detail('Redis', limited, undefined))
  const half = steadyLoad(figure(limited.map((s) => s.perSecond)).median / 2)
  const [freeHalf, limitedHalf] = await times(none, limit, half, rounds)

  redis.kill('SIGSTOP')
  await breakerOpens(limit, half)
  const [freeFrozen, limitedFrozen] = await times(none, limit, half, rounds)
  redis.kill('SIGCONT')

  await none.stop()
  await limit.stop()
  await stop(redis)
  return [
    checked(
      row(
        'Redis limit on every request: requests per CPU second of the gateway over none',
        { kind: 'at least', must: 0.55, aim: 0.7 },
        figure(free.map((s, i) => s.microseconds / (limited[i]?.microseconds ?? Number.NaN))),
      ),
      [free, limited],
    ),
    checked(
      row(
        'Redis limit on every request: p99 added at half saturation',
        { kind: 'at most', must: 3, aim: 1.5, unit: ' ms' },
        added(limitedHalf, freeHalf),
      ),
      [freeHalf, limitedHalf],
    ),
    checked(
      row(
        'Redis frozen, breaker open: p99 added at half saturation',
        { kind: 'at most', must: 1, aim: 1, unit: ' ms' },
        added(limitedFrozen, freeFrozen),
      ),
      [freeFrozen, limitedFrozen],
    ),
  ]
}

/** How both do at the same rate, in turns. */
async function times(
  none: Subject,
  limit: Subject,
  load: ReturnType<typeof steadyLoad>,
  rounds: Rounds,
): Promise<readonly [Sample[], Sample[]]> {
  const [free = [], limited = []] = await interleaved([[none, load] as const, [limit, load] as const], rounds)
  console.log(detail('no limit', free, undefined))
  console.log(detail('Redis', limited, undefined))
  return [free, limited]
}

/** Asks until the gateway knows that its Redis is away. */
async function breakerOpens(limit: Subject, load: ReturnType<typeof steadyLoad>): Promise<void> {
  while ((await metric(limit.adminPort, 'tidegate_rate_limit_store_down')) === 0) {
    await load(limit.port, 1)
    await pause(10)
  }
}

function added(limited: readonly Sample[], free: readonly Sample[]): Figure {
  return figure(limited.map((s, i) => s.p99 - (free[i]?.p99 ?? Number.NaN)))
}
