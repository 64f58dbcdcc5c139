import { secureListener } from './case-tls.ts'
import { told } from './children.ts'
import { checked, type Driver, type LoadResult, type Rounds, sideBySide } from './compare.ts'
import { startNginxTls } from './peers-secure.ts'
import { figure, type Row, row } from './statistics.ts'
import { startTidegate } from './subject.ts'

type Kind = 'full' | 'resumed'

interface Counts {
  readonly handshakes: number
  readonly resumed: number
  readonly failed: number
  readonly perSecond: number
}

/** TLS 1.3 handshakes and nothing else, ECDSA P-256 and X25519 on both, full ones and resumed ones, beside nginx. */
export async function handshakesCase(origin: number, rounds: Rounds): Promise<Row[]> {
  const contenders = [
    await startTidegate({ origin, listener: secureListener() }),
    await startNginxTls(origin),
  ]
  const rows: Row[] = []
  for (const kind of ['full', 'resumed'] as const) {
    console.log(`\nhandshakes: TLS 1.3, ${kind}`)
    const load: Driver = (port, seconds) => handshakes(kind, port, seconds)
    const samples = await sideBySide(contenders, load, rounds, 'handshake')
    const [ours = [], nginx = []] = samples
    const perCpuSecond = figure(ours.map((s, i) => (nginx[i]?.microseconds ?? Number.NaN) / s.microseconds))
    const limit = { kind: 'at least', must: 0.65, aim: 0.78 } as const
    rows.push(checked(row(`${kind} handshakes per CPU second, against nginx`, limit, perCpuSecond), samples))
  }
  for (const contender of contenders) await contender.stop()
  return rows
}

async function handshakes(kind: Kind, port: number, seconds: number): Promise<LoadResult> {
  const counts = await told<Counts>('handshake-load.ts', [port, seconds, 8, kind])
  const wrong = kind === 'full' ? counts.resumed : counts.handshakes - counts.resumed
  const parts = [
    ...(counts.failed > 0 ? [`${counts.failed} handshakes failed`] : []),
    ...(wrong > 0 ? [`${wrong} were not ${kind}`] : []),
  ]
  return {
    requests: counts.handshakes,
    perSecond: counts.perSecond,
    p50: Number.NaN,
    p99: Number.NaN,
    bad: parts.join(', '),
  }
}
