import { renameSync, writeFileSync } from 'node:fs'
import { load } from '../../support/load-client.ts'
import { RawClient } from '../../support/raw-client.ts'
import { allCpus, pause } from './children.ts'
import { startOrigin } from './origin.ts'
import { admin, frame, metric, type Subject, startTidegate } from './subject.ts'
import { wrk } from './wrk.ts'

// Issue 3, "Must show" 4: 30 s of wrk on 64 connections while the configuration is rewritten 50 times, 10 of them broken.
// Beside wrk, a client that counts exactly has 16 connections, and 16 more lie idle. 0 failed, 0 closed.

const seconds = 30
const rewrites = 50
const origin = await startOrigin()
const options = { origin, workers: 2, cpus: allCpus, text: text(0) }
const subject = await startTidegate(options)

const idle = await Promise.all(Array.from({ length: 16 }, () => RawClient.connect(subject.port)))
await Promise.all(idle.map((client) => client.send('GET / HTTP/1.1\r\nHost: bench.test\r\n\r\n').response(0)))
const stop = new AbortController()
const exact = load({
  port: subject.port,
  connections: 16,
  request: () => 'GET / HTTP/1.1\r\nHost: bench.test\r\n\r\n',
  signal: stop.signal,
})
// The exact client has connected by then, so that what is accepted from now on is wrk's.
await pause(500)
const before = await metric(subject.adminPort, 'tidegate_connections_accepted_total')
const running = wrk({ port: subject.port, seconds })
const reached = await rewrite(subject)
const result = await running
stop.abort()
const counted = await exact
const accepted = (await metric(subject.adminPort, 'tidegate_connections_accepted_total')) - before
const open = idle.filter((client) => client.state === 'open').length
await subject.stop()

console.log(
  `\nmust show 4: ${rewrites} rewrites in ${seconds} s, every fifth broken; ${reached.good} came into force, ${reached.bad} were refused and reported`,
)
console.log(
  `  wrk, 64 connections: ${result.requests} requests, ${result.bad === '' ? '0 failed' : result.bad}`,
)
console.log(
  `  exact client, 16 connections: ${counted.sent} sent, ${counted.answered} answered, ${counted.failed} failed, ${counted.refusedByStatus} with an error status, ${counted.closed} closed`,
)
console.log(`  idle connections still open: ${open} of 16`)
console.log(
  `  connections accepted meanwhile: ${accepted} (wrk makes 64, and one to see whether the port is open)`,
)
const well =
  result.bad === '' &&
  counted.failed + counted.refusedByStatus + counted.closed + counted.announced === 0 &&
  open === 16 &&
  accepted <= 65
console.log(well ? '  reached: 0 failed, 0 closed' : '  MISSED')
if (!well) process.exitCode = 1

/** A revision: another route each time, and now and then other endpoints and settings. */
function text(revision: number): string {
  const routes = [
    '  - { to: origin }',
    `  - { path: /revision, filters: [{ respond: { status: 200, body: "${revision}" } }] }`,
    `  - { hosts: [h${revision}.test], path: /r${revision}, to: origin, filters: [{ requestHeaders: { set: { x-revision: "${revision}" } } }] }`,
  ]
  const weight = 1 + (revision % 3)
  return `routes:\n${routes.join('\n')}\nclusters:\n  origin: { endpoints: [{ address: "127.0.0.1:${origin}", weight: ${weight} }] }\n`
}

function broken(revision: number): string {
  return (
    [
      'routes: [',
      'routes: [{ to: nowhere }]\n',
      'roots: []\n',
      'clusters: { origin: { endpoints: [12] } }\n',
      'routes: "',
    ][revision % 5] ?? ''
  )
}

async function rewrite(to: Subject): Promise<{ good: number; bad: number }> {
  const reached = { good: 0, bad: 0 }
  const head = frame(to.port, to.adminPort, options)
  for (let i = 1; i <= rewrites; i++) {
    const begin = performance.now()
    const isBroken = i % 5 === 0
    const body = head + (isBroken ? broken(i / 5) : text(i))
    // Editors write in place, others rename.
    if (i % 2 === 0) writeFileSync(to.configFile, body)
    else {
      writeFileSync(`${to.configFile}.new`, body)
      renameSync(`${to.configFile}.new`, to.configFile)
    }
    await pause(Math.max(0, (1000 * (seconds - 2)) / rewrites - (performance.now() - begin)))
    if (isBroken && (await admin(to.adminPort, '/api/problems')).text.includes('"error"')) reached.bad++
    if (!isBroken && (await revision()) === String(i)) reached.good++
  }
  return reached
}

/** On one of the idle connections, so that no new one is made. */
async function revision(): Promise<string> {
  const client = idle[0]
  if (client === undefined) return ''
  const index = client.responses.length
  const response = await client.send('GET /revision HTTP/1.1\r\nHost: bench.test\r\n\r\n').response(index)
  return Buffer.concat(response.pieces).toString()
}
