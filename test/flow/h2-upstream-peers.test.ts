import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ask, getRequest, postRequest } from '../support/ask.ts'
import { freePort } from '../support/free-port.ts'
import { startGateway } from '../support/gateway.ts'
import { find, provide } from '../support/packages.ts'
import { tried, until } from '../support/raw-client.ts'

// Endpoints of HTTP/2 that others wrote: what two programs of ours agree on may still be wrong.

const size = 100_000

function gatewayTo(address: string) {
  return startGateway({
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [{ to: 'peer' }],
    clusters: { peer: { endpoints: [address], protocol: 'h2' } },
  })
}

/** nghttp2's server with one file. */
async function nghttpd() {
  provide([{ program: 'nghttpd', debian: 'nghttp2-server', why: 'is the HTTP/2 upstream that others wrote' }])
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-nghttpd-'))
  writeFileSync(join(folder, 'file'), 'x'.repeat(size))
  const port = await freePort()
  const args = ['--no-tls', '-a', '127.0.0.1', '-d', folder, '--max-concurrent-streams=8', String(port)]
  const child = spawn(find('nghttpd') ?? 'nghttpd', args, { stdio: 'ignore' })
  return {
    port,
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
      rmSync(folder, { recursive: true })
    },
  }
}

describe('nghttpd as the upstream', () => {
  test('serves many requests on connections of eight streams', async () => {
    await using origin = await nghttpd()
    await using gateway = await gatewayTo(`127.0.0.1:${origin.port}`)
    while ((await tried(gateway.port())) === 503) assert.ok(gateway.outcomes.length < 10_000)

    const answers = await Promise.all(
      Array.from({ length: 64 }, () => ask(gateway.port(), getRequest('/file'))),
    )

    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    assert.deepEqual(new Set(answers.map(({ body }) => body.length)), new Set([size]))
    assert.ok((gateway.gateway.registry.describe()[0]?.connections ?? 0) <= 8)
  })

  test('answers 404 and HEAD', async () => {
    await using origin = await nghttpd()
    await using gateway = await gatewayTo(`127.0.0.1:${origin.port}`)
    while ((await tried(gateway.port())) === 503) assert.ok(gateway.outcomes.length < 10_000)

    const missing = await ask(gateway.port(), getRequest('/none'))
    const head = await ask(gateway.port(), 'HEAD /file HTTP/1.1\r\nHost: a.test\r\n\r\n')

    assert.deepEqual([missing.status, head.status, head.body], [404, 200, ''])
  })
})

describe('Node as the upstream', () => {
  test('may close its sessions whenever it likes', async () => {
    const sessions = new Set<ServerHttp2Session>()
    const server = createServer()
    server.on('session', (session) => sessions.add(session))
    server.on('stream', (stream: ServerHttp2Stream) => {
      stream.on('error', () => {})
      stream.respond({ ':status': 200 })
      stream.end('served')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    server.unref()
    await using gateway = await gatewayTo(`127.0.0.1:${(server.address() as AddressInfo).port}`)
    const statuses = new Set<number>()

    const asking = Array.from({ length: 8 }, async () => {
      for (let i = 0; i < 100; i++)
        statuses.add((await ask(gateway.port(), postRequest('/x', 'body'))).status)
    })
    const all = Promise.all(asking)
    for (let i = 0; i < 10; i++) {
      await until(() => gateway.outcomes.length > i * 60, 'more requests have ended')
      for (const session of sessions) session.close()
      sessions.clear()
    }
    await all

    assert.deepEqual(statuses, new Set([200]))
    assert.deepEqual([...new Set(gateway.outcomes.map(({ reason }) => reason))], [undefined])
  })
})
