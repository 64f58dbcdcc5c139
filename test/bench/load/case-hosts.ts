import { allCpus } from './children.ts'
import { checked, cpuRatio, detail, interleaved, type Rounds } from './compare.ts'
import { manyRoutes } from './many-routes.ts'
import { figure, type Row, row, shown } from './statistics.ts'
import { startTidegate } from './subject.ts'
import { manyHostsScript } from './wrk.ts'

const hosts = 10_000

/** Ten thousand hosts with three routes each against one host with three routes: per request, and until ready. */
export async function hostsCase(origin: number, rounds: Rounds): Promise<Row[]> {
  console.log(`\nhosts: ${hosts} hosts with 3 routes each against one host`)
  const text = manyRoutes(origin, hosts)
  const one = await startTidegate({ origin, text: manyRoutes(origin, 1) })
  const many = await startTidegate({ origin, text })
  const [few = [], lots = []] = await interleaved(
    [[one, { script: manyHostsScript(1) }] as const, [many, { script: manyHostsScript(hosts) }] as const],
    rounds,
  )
  console.log(detail('one host', few, undefined))
  console.log(detail('10,000', lots, undefined))
  await one.stop()
  await many.stop()
  // Started as an operator does: on all processors.
  const ready: number[] = []
  const alone: number[] = []
  for (let round = 0; round < rounds.rounds; round++) {
    ready.push(await readySeconds(origin, text))
    alone.push(await readySeconds(origin, manyRoutes(origin, 1)))
  }
  return [
    checked(
      row(
        '10,000 hosts × 3 routes against one host: CPU per request',
        { kind: 'at most', must: 1.1, aim: 1.02 },
        cpuRatio(lots, few),
      ),
      [few, lots],
    ),
    row(
      '10,000 hosts: from start of the process to ready',
      { kind: 'at most', must: 3, aim: 2, unit: ' s' },
      figure(ready),
      `one host ${shown(figure(alone), 2, ' s')}`,
    ),
  ]
}

async function readySeconds(origin: number, text: string): Promise<number> {
  const subject = await startTidegate({ origin, text, cpus: allCpus })
  await subject.stop()
  return subject.readyMs / 1000
}
