import type { Rounds } from './compare.ts'
import { affordable, perConnection } from './idle-memory.ts'
import { figure, type Row, row } from './statistics.ts'
import { startTidegate } from './subject.ts'
import { wrk } from './wrk.ts'

/** Memory of idle keep-alive connections that have carried a request each. */
export async function idleCase(origin: number, rounds: Rounds): Promise<Row[]> {
  const count = affordable(10_000, 1)
  console.log(`\nidle: ${count} idle keep-alive connections`)
  const idle = {
    kind: 'plain',
    count,
    warm: (port: number, seconds: number) => wrk({ port, seconds }),
  } as const
  const values: number[] = []
  for (let round = 0; round < rounds.rounds; round++) {
    const subject = await startTidegate({ origin, listener: { limits: { keepAliveIdle: '10m' } } })
    values.push(await perConnection(subject, idle))
  }
  return [
    row(
      `resident memory per idle connection, ${count} of them`,
      { kind: 'at most', must: 12, aim: 6, unit: ' KiB', digits: 1 },
      figure(values),
    ),
  ]
}
