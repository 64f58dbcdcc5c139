import { bench, run, summary } from 'mitata'
import type { Outcome } from '../../../src/model/outcome.ts'
import { systemClock } from '../../../src/std/clock.ts'
import { AccessLog } from '../../../src/telemetry/access-log.ts'
import { compileFormat } from '../../../src/telemetry/access-log-format.ts'
import { TrafficMetrics } from '../../../src/telemetry/traffic-metrics.ts'

const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

/** Requests that differ, so that no string is flattened, hashed or cached twice. */
const outcomes: Outcome[] = Array.from({ length: 1024 }, (_, i) => ({
  startedWall: 1_795_000_000_000 + i,
  durationMs: 0.2 + i / 100,
  requestId: `0af7651916cd43dd8448eb211c80${String(i).padStart(4, '0')}`,
  listener: 'web',
  route: 'shop',
  routeSeries: 2 + (i % 64),
  cluster: 'api',
  clusterSeries: 2 + (i % 16),
  endpoint: '10.0.0.5:8080',
  protocol: 'HTTP/1.1',
  scheme: 'https',
  method: 'GET',
  host: 'shop.example.com',
  path: `/api/v1/products/${i * 7919}/reviews`,
  query: '',
  clientAddress: '203.0.113.7',
  peerAddress: '203.0.113.7',
  status: 200,
  reason: undefined,
  detail: '',
  grpcStatus: -1,
  requestBytes: 0,
  responseBytes: 1000 + i,
  attempts: 1,
  upstreamMs: 0.15 + i / 100,
  connectMs: 0,
  field: (name: string) => (name === 'user-agent' ? userAgent : undefined),
}))

const metrics = new TrafficMetrics()
for (let i = 0; i < 64; i += 1) metrics.routeSeries(`route-${i}`)
for (let i = 0; i < 16; i += 1) metrics.clusterSeries(`cluster-${i}`)

const json = compileFormat('json', 'off')
const template = compileFormat(
  '%{client} - [%{time}] "%{method} %{path} %{protocol}" %{status} %{response_bytes} "%{user_agent}"',
  'off',
)
const settings = { to: '/dev/null', format: 'json', query: 'off' } as const
const log = new AccessLog({
  settings,
  ruleOf: () => undefined,
  clock: systemClock,
  random: Math.random,
  onDropped: () => {},
})
await log.start()

let next = 0
let length = 0
function outcome(): Outcome {
  next = (next + 1) & 1023
  return outcomes[next]!
}

summary(() => {
  bench('metrics: onEnd', () => metrics.onEnd(outcome()))
  bench('access log: JSON line, flattened', () => {
    length += Buffer.byteLength(json(outcome()))
  })
  bench('access log: template line, flattened', () => {
    length += Buffer.byteLength(template(outcome()))
  })
  bench('access log: onEnd with JSON to /dev/null', () => log.onEnd(outcome()))
})

await run()
await log.close()
console.log(`${length} bytes`)
