import { checked, cpuRatio, detail, interleaved, type Rounds, type Sample } from './compare.ts'
import type { Contender } from './contender.ts'
import { startEnvoy } from './peer-envoy.ts'
import { type Logging, startCaddy, startHaproxy, startNginx } from './peers.ts'
import { figure, type Row, row } from './statistics.ts'
import { startTidegate } from './subject.ts'

export interface Peers {
  readonly haproxy: 'yes' | 'no'
  readonly envoy: 'yes' | 'no'
  readonly caddy: 'yes' | 'no'
}

interface ProxyCase {
  readonly name: string
  readonly what: string
  readonly path: string
  readonly limit: { readonly kind: 'at most' | 'at least'; readonly must: number; readonly aim: number }
}

const cases: readonly ProxyCase[] = [
  {
    name: 'h1-small',
    what: 'CPU per request, small keep-alive, against nginx',
    path: '/',
    limit: { kind: 'at most', must: 1.4, aim: 1.15 },
  },
  {
    name: 'h1-10k',
    what: 'CPU per request, 10 KB bodies, against nginx',
    path: '/10k',
    limit: { kind: 'at most', must: 1.6, aim: 1.3 },
  },
  {
    name: 'h1-1m',
    what: 'bytes per CPU second, 1 MB bodies, against nginx',
    path: '/1m',
    limit: { kind: 'at least', must: 0.8, aim: 1 },
  },
]

const logged: ProxyCase = {
  name: 'h1-log',
  what: 'CPU per request with a JSON access log, against nginx',
  path: '/',
  limit: { kind: 'at most', must: 1.6, aim: 1.3 },
}

export const proxyCaseNames = [...cases, logged].map((c) => c.name)

/** Tidegate beside its peers, in turns; `logging` switches access logs on for all of them. */
export async function proxyCases(
  origin: number,
  names: readonly string[],
  peers: Peers,
  rounds: Rounds,
  logging: Logging,
): Promise<Row[]> {
  const plain = cases.filter((c) => names.includes(c.name))
  const rows = plain.length === 0 ? [] : await compared(origin, plain, peers, rounds, logging)
  if (names.includes(logged.name)) rows.push(...(await compared(origin, [logged], peers, rounds, 'on')))
  return rows
}

async function compared(
  origin: number,
  list: readonly ProxyCase[],
  peers: Peers,
  rounds: Rounds,
  logging: Logging,
): Promise<Row[]> {
  const contenders: Contender[] = [
    await startTidegate({ origin, logging }),
    await startNginx(origin, logging),
  ]
  if (peers.haproxy === 'yes') contenders.push(await startHaproxy(origin, logging))
  if (peers.envoy === 'yes') contenders.push(await startEnvoy(origin, logging))
  if (peers.caddy === 'yes') contenders.push(await startCaddy(origin, logging))
  const rows: Row[] = []
  for (const c of list) {
    console.log(`\n${c.name}: ${c.what}${logging === 'on' ? ' (access logs on)' : ''}`)
    const samples = await interleaved(
      contenders.map((contender) => [contender, { path: c.path }] as const),
      rounds,
    )
    const [first = [], nginx = []] = samples
    for (const [i, contender] of contenders.entries()) {
      console.log(detail(contender.name, samples[i] ?? [], i === 0 ? undefined : first))
    }
    const ratio = c.limit.kind === 'at most' ? cpuRatio(first, nginx) : bytesRatio(first, nginx)
    rows.push(checked(row(c.what, c.limit, ratio, against(contenders, samples)), samples))
  }
  for (const contender of contenders) await contender.stop()
  return rows
}

/** Answers are equally long, so bytes per CPU second are to each other as CPU times per request are, turned round. */
function bytesRatio(first: readonly Sample[], nginx: readonly Sample[]): ReturnType<typeof figure> {
  return figure(first.map((s, i) => (nginx[i]?.microseconds ?? Number.NaN) / s.microseconds))
}

/** `haproxy 1.05`: CPU per request against the other peers. */
function against(contenders: readonly Contender[], samples: readonly Sample[][]): string {
  const others = contenders.slice(2).map((contender, i) => {
    const ratio = cpuRatio(samples[0] ?? [], samples[i + 2] ?? [])
    return `CPU against ${contender.name} ${ratio.median.toFixed(2)}`
  })
  return others.join(', ')
}
