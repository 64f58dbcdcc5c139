import { allCpus, childrenOf } from './children.ts'
import { checked, cpuRatio, detail, interleaved, type Rounds } from './compare.ts'
import { cpuMicroseconds } from './process-stats.ts'
import { figure, type Row, row } from './statistics.ts'
import { type Subject, startTidegate } from './subject.ts'
import { wrk } from './wrk.ts'

/** Two workers against one: what a request costs, and how evenly the kernel spreads the connections. */
export async function workersCase(origin: number, rounds: Rounds): Promise<Row[]> {
  console.log('\nworkers: two workers against one, on all processors')
  const one = await startTidegate({ origin, workers: 1, cpus: allCpus })
  const two = await startTidegate({ origin, workers: 2, cpus: allCpus })
  const load = { connections: 64, cpus: allCpus }
  const [single = [], double = []] = await interleaved([[one, load] as const, [two, load] as const], rounds)
  console.log(detail('one', single, undefined))
  console.log(detail('two', double, undefined))
  const shares: number[] = []
  for (let round = 0; round < rounds.rounds; round++) shares.push(await smallerShare(two, rounds.seconds))
  await one.stop()
  await two.stop()
  return [
    checked(
      row(
        "two workers: CPU per request over one worker's",
        { kind: 'at most', must: 1.1, aim: 1.03 },
        cpuRatio(double, single),
      ),
      [single, double],
    ),
    row(
      'two workers: the smaller share of the load',
      { kind: 'at least', must: 35, aim: 45, unit: ' %', digits: 0 },
      figure(shares),
    ),
  ]
}

/** By CPU time of the workers, which do the same for every request. Percent. */
async function smallerShare(subject: Subject, seconds: number): Promise<number> {
  const workers = childrenOf(subject.pid)
  const before = workers.map((pid) => cpuMicroseconds([pid]))
  await wrk({ port: subject.port, seconds, connections: 64, cpus: allCpus })
  const used = workers.map((pid, i) => cpuMicroseconds([pid]) - (before[i] ?? 0))
  const sum = used.reduce((a, b) => a + b, 0)
  return (100 * Math.min(...used)) / sum
}
