import { parseArgs } from 'node:util'
import { provide, type Tool } from '../../support/packages.ts'
import { warnWhenBusy } from './busy.ts'
import { changeCase } from './case-change.ts'
import { extensionCase } from './case-extension.ts'
import { grpcCase } from './case-grpc.ts'
import { handshakesCase } from './case-handshakes.ts'
import { hostsCase } from './case-hosts.ts'
import { idleCase } from './case-idle.ts'
import { memoryCase } from './case-memory.ts'
import { rateLimitCase } from './case-rate-limit.ts'
import { redisLimitCase } from './case-redis-limit.ts'
import { tcpCase } from './case-tcp.ts'
import { http2Case, tlsCase } from './case-tls.ts'
import { websocketCase } from './case-websocket.ts'
import { workersCase } from './case-workers.ts'
import { proxyCaseNames, proxyCases } from './cases-proxy.ts'
import type { Rounds } from './compare.ts'
import { startOrigin } from './origin.ts'
import { printTable, type Row } from './statistics.ts'

const help = `Measures the gateway side by side with nginx and HAProxy, in turns, on one processor.

  npm run bench -- [CASE …] [options]        every case when none is named (about twenty minutes)
  npm run bench -- must-show-4|5|8|swap|zero-lost|outage|rate-limit|extension-reload   what holds under change, replacement and faults
  npm run bench -- kubernetes               1,000 Ingresses against a real API server (about eight minutes)

Cases
  h1-small h1-10k h1-1m   small answers, 10 KB and 1 MB bodies over keep-alive
  h1-log                  small answers, with access logs on all
  workers                 two workers against one
  hosts                   10,000 hosts with 3 routes each against one
  change                  one route changed among 30,000: stall and memory
  idle                    memory of an idle connection
  tcp                     bytes handed on by a TCP listener, beside HAProxy
  tls h2                  small answers over TLS, and over HTTP/2 and TLS
  handshakes              TLS handshakes, full and resumed
  grpc                    small calls, HTTP/2 on both sides, beside Envoy
  websocket               small messages that are echoed, beside HAProxy
  rate-limit              a limit on every request, in memory, against none
  redis-limit             the same in Redis, which is frozen in the end: CPU and p99 that it adds
  extension               a route with a Fastify plugin, beside plain Fastify with @fastify/http-proxy
  memory                  memory of idle connections with TLS, and of idle websockets

Options
  --rounds N      interleaved rounds a case; the median counts (5)
  --seconds N     of load in each (4)
  --log           access logs on for the first three cases too
  --no-haproxy    leaves HAProxy out of the first four cases
  --envoy         adds Envoy
  --caddy         adds Caddy

Nothing else should run on the machine: a ratio is fair, and still noisy beside other work.
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    log: { type: 'boolean', default: false },
    'no-haproxy': { type: 'boolean', default: false },
    envoy: { type: 'boolean', default: false },
    caddy: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  console.log(help)
  process.exit(0)
}

type Case = (origin: number, rounds: Rounds) => Promise<Row[]>

/** All but those that compare the same thing with every peer. */
const others: ReadonlyMap<string, Case> = new Map<string, Case>([
  ['workers', workersCase],
  ['hosts', hostsCase],
  ['change', changeCase],
  ['idle', idleCase],
  ['tcp', tcpCase],
  ['tls', tlsCase],
  ['h2', http2Case],
  ['handshakes', handshakesCase],
  ['grpc', (_, rounds) => grpcCase(rounds)],
  ['websocket', (_, rounds) => websocketCase(rounds)],
  ['rate-limit', rateLimitCase],
  ['redis-limit', redisLimitCase],
  ['extension', extensionCase],
  ['memory', memoryCase],
])
const scripts = [
  'must-show-4',
  'must-show-5',
  'must-show-8',
  'must-show-swap',
  'must-show-zero-lost',
  'must-show-outage',
  'must-show-rate-limit',
  'must-show-extension-reload',
]
const known = [...proxyCaseNames, ...others.keys(), ...scripts, 'kubernetes']
const unknown = positionals.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`no case "${unknown.join('", "')}": there are ${known.join(', ')}`)
  process.exit(2)
}

const tools: Tool[] = [
  { program: 'taskset', debian: 'util-linux', why: 'pins what is measured to one processor' },
  { program: 'nginx', debian: 'nginx-light', why: 'is the origin and a peer' },
  { program: 'haproxy', debian: 'haproxy', why: 'is a peer' },
  { program: 'wrk', debian: 'wrk', why: 'makes the load' },
  {
    program: 'h2load',
    debian: 'nghttp2-client',
    why: 'makes the load over HTTP/2, and that of a steady rate',
  },
  { program: 'redis-server', debian: 'redis-server', why: 'counts the limits of redis-limit' },
]
if (values.caddy) tools.push({ program: 'caddy', debian: 'caddy', why: 'is a peer' })
if (!provide(tools)) process.exit(1)

for (const name of scripts.filter((script) => positionals.includes(script))) await import(`./${name}.ts`)

if (positionals.includes('kubernetes')) await import('./kubernetes/run.ts')

const names = positionals.filter((name) => !scripts.includes(name) && name !== 'kubernetes')
if (positionals.length === 0 || names.length > 0)
  await cases(names.length === 0 ? [...proxyCaseNames, ...others.keys()] : names)
process.exit(process.exitCode ?? 0)

async function cases(wanted: readonly string[]): Promise<void> {
  const rounds = { rounds: Number(values.rounds), seconds: Number(values.seconds) }
  const yes = (condition: boolean) => (condition ? 'yes' : 'no')
  const peers = {
    haproxy: yes(!values['no-haproxy']),
    envoy: yes(values.envoy),
    caddy: yes(values.caddy),
  } as const
  await warnWhenBusy()
  const origin = await startOrigin()
  const rows: Row[] = [...(await proxyCases(origin, wanted, peers, rounds, values.log ? 'on' : 'off'))]
  for (const [name, run] of others) {
    if (wanted.includes(name)) rows.push(...(await run(origin, rounds)))
  }
  printTable(rows)
  if (rows.some((r) => r.verdict !== 'reached')) process.exitCode = 1
}
