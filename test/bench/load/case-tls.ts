import { certificateFiles } from './certificate-files.ts'
import { checked, cpuRatio, type Load, type Rounds, sideBySide } from './compare.ts'
import type { Contender } from './contender.ts'
import { h2load } from './h2load.ts'
import { startNginxTls } from './peers-secure.ts'
import { type Row, row } from './statistics.ts'
import { startTidegate } from './subject.ts'

/** A listener with the TLS that nginx is given too. */
export function secureListener(): Readonly<Record<string, unknown>> {
  return { tls: { certificates: [certificateFiles()], curves: ['X25519'] } }
}

/** Small answers over TLS on connections that stay, beside nginx. */
export function tlsCase(origin: number, rounds: Rounds): Promise<Row[]> {
  console.log('\ntls: small keep-alive over TLS')
  const limit = { kind: 'at most', must: 1.4, aim: 1.1 } as const
  return besideNginx(
    origin,
    rounds,
    { scheme: 'https' },
    'CPU per request, TLS keep-alive, against nginx',
    limit,
  )
}

/** Small answers over HTTP/2, 16 clients with 8 streams each, beside nginx. */
export function http2Case(origin: number, rounds: Rounds): Promise<Row[]> {
  console.log('\nh2: small answers over HTTP/2 and TLS, 16 clients x 8 streams')
  const limit = { kind: 'at most', must: 1.15, aim: 0.8 } as const
  const options = { scheme: 'https', clients: 16, streams: 8 } as const
  const load: Load = (port, seconds) => h2load(options, port, seconds)
  return besideNginx(origin, rounds, load, 'CPU per request, HTTP/2, against nginx', limit)
}

async function besideNginx(
  origin: number,
  rounds: Rounds,
  load: Load,
  what: string,
  limit: { readonly kind: 'at most'; readonly must: number; readonly aim: number },
): Promise<Row[]> {
  const contenders: Contender[] = [
    await startTidegate({ origin, listener: secureListener() }),
    await startNginxTls(origin),
  ]
  const samples = await sideBySide(contenders, load, rounds)
  const [ours = [], nginx = []] = samples
  for (const contender of contenders) await contender.stop()
  return [checked(row(what, limit, cpuRatio(ours, nginx)), samples)]
}
