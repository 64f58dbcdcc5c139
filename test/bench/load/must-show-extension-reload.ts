import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from '../../support/load-client.ts'
import { allCpus, folder, pause } from './children.ts'
import { startOrigin } from './origin.ts'
import { metric, startTidegate } from './subject.ts'
import { wrk } from './wrk.ts'

// Issue 6, "Must show" 3: an extension of ten lines runs under load while its file is edited five times. 0 failed.

const seconds = 20
const edits = 5
const file = join(folder, 'edited-extension.ts')
writeFileSync(file, extension(0))
const origin = await startOrigin()
const config = {
  routes: [{ to: 'origin', filters: [{ extension: file }] }],
  clusters: { origin: { endpoints: [`127.0.0.1:${origin}`] } },
}
const subject = await startTidegate({ origin, workers: 2, cpus: allCpus, config })

const versions = new Map<string, number>()
const stop = new AbortController()
const exact = load({
  port: subject.port,
  connections: 16,
  request: () => 'GET / HTTP/1.1\r\nHost: bench.test\r\n\r\n',
  signal: stop.signal,
  onAnswer(message) {
    const version = /x-version: (\d+)/i.exec(message.head)?.[1] ?? 'none'
    versions.set(version, (versions.get(version) ?? 0) + 1)
  },
})
const running = wrk({ port: subject.port, seconds })
for (let version = 1; version <= edits; version++) {
  await pause((1000 * seconds) / (edits + 1))
  writeFileSync(file, extension(version))
}
const result = await running
stop.abort()
const counted = await exact
const failures = await metric(subject.adminPort, 'tidegate_extension_failures_total')
await subject.stop()

console.log(`\nmust show 3: an extension is edited ${edits} times in ${seconds} s of load, two workers`)
console.log(
  `  wrk, 64 connections: ${result.requests} requests, ${result.bad === '' ? '0 failed' : result.bad}`,
)
console.log(
  `  exact client, 16 connections: ${counted.sent} sent, ${counted.answered} answered, ${counted.failed} failed, ${counted.refusedByStatus} with an error status, ${counted.closed} closed`,
)
console.log(
  `  answers by version: ${[...versions].map(([version, count]) => `${version}: ${count}`).join(', ')}`,
)
console.log(`  failures that the gateway counted: ${failures}`)
const isWell =
  result.bad === '' &&
  counted.failed + counted.refusedByStatus + counted.closed + counted.notConnected === 0 &&
  versions.size === edits + 1 &&
  !versions.has('none') &&
  failures === 0
console.log(isWell ? '  reached: 0 failed' : '  MISSED')
if (!isWell) process.exitCode = 1

/** Ten lines, as the guide shows them. */
function extension(version: number): string {
  return `import plugin from 'fastify-plugin'

export default plugin(async (app) => {
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers['x-blocked']) return reply.code(403).send({ error: 'blocked' })
  })
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-version', '${version}')
  })
})
`
}
