import { checked, cpuRatio, detail, interleaved, type Rounds } from './compare.ts'
import { type Row, row } from './statistics.ts'
import { startTidegate } from './subject.ts'

/** A limit by client address that every request is held against, and that refuses none, against no limit. */
export async function rateLimitCase(origin: number, rounds: Rounds): Promise<Row[]> {
  console.log('\nrate-limit: a local limit on every request against none')
  const clusters = { origin: { endpoints: [`127.0.0.1:${origin}`] } }
  const filters = [{ rateLimit: { key: 'client-ip', rate: '1000000/s' } }]
  const none = await startTidegate({ origin, config: { routes: [{ to: 'origin' }], clusters } })
  const limit = await startTidegate({ origin, config: { routes: [{ to: 'origin', filters }], clusters } })
  const [free = [], limited = []] = await interleaved([[none, {}] as const, [limit, {}] as const], rounds)
  console.log(detail('no limit', free, undefined))
  console.log(detail('limit', limited, undefined))
  await none.stop()
  await limit.stop()
  return [
    checked(
      row(
        'local limit on every request over none: CPU per request',
        { kind: 'at most', must: 1.08, aim: 1.03 },
        cpuRatio(limited, free),
      ),
      [free, limited],
    ),
  ]
}
