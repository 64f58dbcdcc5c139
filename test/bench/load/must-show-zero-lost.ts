import { fork } from 'node:child_process'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LoadResult, load } from '../../support/load-client.ts'
import { RawClient } from '../../support/raw-client.ts'
import { ChangingConfig, ca, type Places } from './changing-config.ts'
import { adopt, allCpus, childrenOf, folder, freePort, pause, stop } from './children.ts'
import type { EchoPorts } from './echo-origins.ts'
import { type LongLived, openCalls, openTunnels, openWebsockets } from './long-lived.ts'
import { startOrigin } from './origin.ts'
import { handshakes, type Steady, streams } from './steady-requests.ts'
import { admin, launch } from './subject.ts'

// Issue 4, "Must show" 5: 1,000 websockets, 100 gRPC streams and 100 TCP tunnels stay open and exchange messages around each of 24
// changes of the configuration, the listeners themselves included, beside steady requests of every kind; nothing is lost, nothing
// closed. Then one of two workers is replaced, with a drain: websockets of that worker are closed with 1001, gRPC clients end their
// calls when they are told to leave, TCP tunnels are cut at the deadline; no steady request fails.

const changes = 24
const origin = await startOrigin()
const places: Places = {
  origin,
  echo: await startEchoes(),
  plain: await freePort(),
  secure: await freePort(),
  tcp: await freePort(),
  admin: await freePort(),
}
const config = new ChangingConfig(places)
const configFile = join(folder, 'zero-lost.yaml')
writeFileSync(configFile, config.text())
const gateway = launch(configFile, { origin, workers: 2, cpus: allCpus })
await ready()

console.log('\nmust show 5: nothing is lost on changes of the configuration, two workers')
const tls = { url: `https://127.0.0.1:${places.secure}`, ca: ca.pem }
const plain = { url: `http://127.0.0.1:${places.plain}` }
const held: readonly LongLived[] = [
  await openWebsockets(places.plain, 1000),
  await openCalls(
    Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? tls : plain)),
    10,
  ),
  await openTunnels(places.tcp, 100),
]
console.log(`  open: ${held.map(({ kind, open }) => `${open} ${kind}`).join(', ')}`)
const end = new AbortController()
const steady = startSteady(end.signal)

let missing = 0
await exchangeAll('before the first change')
for (let i = 0; i < changes; i++) await change()
const afterChanges = held.map(({ open }) => open)
const endedByChanges = held.reduce((sum, { ends }) => sum + [...ends.values()].reduce((a, b) => a + b, 0), 0)

console.log('  one of two workers is replaced')
await replaceWorker()
await exchangeAll('after the replacement', 'those that are open')
end.abort()
const failedRequests = printSteady(await steady)
for (const one of held) one.close()
const isDrainClean = printHeld()
await stop(gateway)

const well = missing === 0 && endedByChanges === 0 && failedRequests === 0 && isDrainClean
console.log(
  well
    ? `  reached: ${config.revision} changes, 0 closed, 0 messages lost, 0 requests failed`
    : `  MISSED: ${endedByChanges} closed by changes, ${missing} messages lost, ${failedRequests} requests failed`,
)
if (!well) process.exitCode = 1

/** Starts the upstreams that send back what they get. */
async function startEchoes(): Promise<EchoPorts> {
  const child = adopt(fork(join(import.meta.dirname, 'echo-origins.ts')))
  return new Promise((resolve) => child.once('message', (ports) => resolve(ports as EchoPorts)))
}

async function ready(): Promise<void> {
  const until = performance.now() + 60_000
  while ((await admin(places.admin, '/readyz')).status !== 200) {
    if (performance.now() > until || gateway.exitCode !== null) throw new Error('the gateway is not ready')
    await pause(20)
  }
}

function startSteady(signal: AbortSignal): Promise<{ h1: LoadResult[]; others: Steady[] }> {
  const request = (): string => 'GET / HTTP/1.1\r\nHost: bench.test\r\n\r\n'
  const common = { port: places.plain, request, signal, thinkMs: () => 2 }
  const h1 = [load({ ...common, connections: 8 }), load({ ...common, connections: 2, perConnection: 1 })]
  const others = [
    handshakes(places.secure, 2, signal),
    streams(tls.url, 4, signal),
    streams(plain.url, 4, signal),
  ]
  return Promise.all([Promise.all(h1), Promise.all(others)]).then(([a, b]) => ({ h1: a, others: b }))
}

/** Makes a change, waits until both workers have it, and looks whether every connection still carries messages. */
async function change(): Promise<void> {
  const what = config.next()
  writeFileSync(`${configFile}.new`, config.text())
  renameSync(`${configFile}.new`, configFile)
  await inForce()
  await exchangeAll(`change ${config.revision}: ${what}`)
}

/** New connections go to either worker: that many in a row with the new revision mean both. */
async function inForce(): Promise<void> {
  const until = performance.now() + 20_000
  for (let inRow = 0; inRow < 12; ) {
    inRow = (await revision()) === String(config.revision) ? inRow + 1 : 0
    if (performance.now() > until) {
      throw new Error(
        `change ${config.revision} did not come into force: ${(await admin(places.admin, '/api/problems')).text}`,
      )
    }
  }
}

async function revision(): Promise<string> {
  using client = await RawClient.connect(places.plain)
  const response = await client.send('GET /revision HTTP/1.1\r\nHost: bench.test\r\n\r\n').response(0)
  return Buffer.concat(response.pieces).toString()
}

async function exchangeAll(when: string, whom = 'all'): Promise<void> {
  const counts = await Promise.all(held.map((one) => one.exchange(`${config.revision} ${performance.now()}`)))
  const lost = held.map((one, i) => one.open - (counts[i] ?? 0))
  missing += lost.reduce((a, b) => a + b, 0)
  const text = held.map(({ kind, open }, i) => `${counts[i]} of ${open} ${kind}`).join(', ')
  console.log(`  ${when}: ${whom} exchange messages: ${text}`)
}

/** Ends a worker gracefully, and waits until another one has taken its place and it is gone. */
async function replaceWorker(): Promise<void> {
  const [victim] = childrenOf(gateway.pid ?? 0)
  if (victim === undefined) throw new Error('there is no worker')
  process.kill(victim, 'SIGTERM')
  const until = performance.now() + 40_000
  while (performance.now() < until) {
    const now = childrenOf(gateway.pid ?? 0)
    if (!now.includes(victim) && now.length >= 2) return pause(1000)
    await pause(50)
  }
  throw new Error(`worker ${victim} was not replaced within 40 s`)
}

function printSteady({ h1, others }: { h1: readonly LoadResult[]; others: readonly Steady[] }): number {
  let failed = 0
  for (const [i, r] of h1.entries()) {
    failed += r.failed + r.refusedByStatus + r.notConnected
    const name = i === 0 ? 'HTTP/1.1, kept connections' : 'HTTP/1.1, one request for each connection'
    const reasons = [...r.reasons].map(([why, count]) => `${why}: ${count}`).join(', ')
    console.log(
      `  ${name}: ${r.sent} sent, ${r.answered} answered, ${r.failed} failed, ${r.refusedByStatus} with an error status, ${r.notConnected} connects refused ${reasons}`,
    )
  }
  for (const { kind, sent, answered, refused, failures } of others) {
    const count = [...failures.values()].reduce((a, b) => a + b, 0)
    failed += count
    const reasons = [...failures].map(([why, n]) => `${why}: ${n}`).join(', ')
    console.log(
      `  ${kind}: ${sent} sent, ${answered} answered, ${refused} refused unprocessed, ${count} failed ${reasons}`,
    )
  }
  return failed
}

/** What the drained worker's connections came to; whether each kind ended as it should. */
function printHeld(): boolean {
  const expected: readonly RegExp[] = [
    /^closed with 1001$/,
    /^ended with grpc-status 0$/,
    /^(ended|ECONNRESET)$/,
  ]
  let isClean = true
  for (const [i, { kind, open, ends }] of held.entries()) {
    const text = [...ends].map(([how, count]) => `${count} ${how}`).join(', ')
    console.log(
      `  ${kind}: ${afterChanges[i]} before the replacement, ${open} after it${text === '' ? '' : `; ${text}`}`,
    )
    isClean &&= [...ends.keys()].every((how) => expected[i]?.test(how) === true)
  }
  return isClean
}
