import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createAdmin, createHealth } from '../../../src/admin/server.ts'
import type { SocketAddress } from '../../../src/model/listener.ts'
import { Secret } from '../../../src/model/secret.ts'
import { ask } from './fixtures/ask.ts'
import { depsOf } from './fixtures/deps.ts'

const anyPort = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const
const token = new Secret('0123456789abcdef-canary')

describe('an admin address with a token', () => {
  const table = [
    ['the token', `Bearer ${token.reveal()}`, 200],
    ['the token, scheme in small letters', `bearer ${token.reveal()}`, 200],
    ['nothing', '', 401],
    ['another token', 'Bearer 0123456789abcdef-canarx', 401],
    ['a longer one', `Bearer ${token.reveal()}x`, 401],
    ['a shorter one', `Bearer ${token.reveal().slice(0, -1)}`, 401],
    ['an empty one', 'Bearer ', 401],
    ['another scheme', `Basic ${token.reveal()}`, 401],
    ['the token alone', token.reveal(), 401],
  ] as const
  for (const [name, authorization, status] of table) {
    test(`answers ${status} to ${name}`, async () => {
      await using admin = createAdmin(depsOf(), { address: anyPort, token })

      const answer = await ask(await admin.start(), { path: '/api/version', headers: { authorization } })

      assert.equal(answer.status, status)
    })
  }

  for (const path of ['/', '/healthz', '/readyz', '/metrics', '/api/model', '/api/openapi.json', '/nope']) {
    test(`tells nothing at ${path} without it, and how to send it`, async () => {
      await using admin = createAdmin(depsOf(), { address: anyPort, token })

      const { status, headers, text } = await ask(await admin.start(), { path })

      assert.equal(status, 401)
      assert.match(String(headers['www-authenticate']), /^Bearer/)
      assert.match(JSON.parse(text).detail, /send "authorization: Bearer TOKEN"/)
    })
  }

  test('shows the token nowhere', async () => {
    await using admin = createAdmin(depsOf(), { address: anyPort, token })
    const address = await admin.start()
    const headers = { authorization: `Bearer ${token.reveal()}` }

    for (const path of ['/', '/api/version', '/api/openapi.json', '/nope', '/api/explain?url=x']) {
      assert.ok(!(await ask(address, { path, headers })).text.includes('canary'))
    }
  })
})

describe('an admin address', () => {
  test('that others can reach is refused without a token', () => {
    const address = { kind: 'tcp', host: '0.0.0.0', port: 9901 } as const

    assert.throws(() => createAdmin(depsOf(), { address, token: undefined }), {
      message:
        /^admin\.address "0\.0\.0\.0:9901" can be reached .* set admin\.token, or listen on 127\.0\.0\.1/,
    })
  })

  const hosts = [
    ['127.0.0.1', 200],
    ['127.0.0.1:9901', 200],
    ['localhost:1', 200],
    ['LOCALHOST', 200],
    ['[::1]:9901', 200],
    ['evil.example', 421],
    ['evil.example:9901', 421],
    ['127.0.0.1.evil.example', 421],
    ['localhost.evil.example', 421],
    ['10.0.0.1', 421],
    ['127.0.0.1:9901:9901', 421],
    ['evil.example, localhost', 421],
  ] as const
  for (const [host, status] of hosts) {
    test(`answers ${status} to host "${host}", for names can be made to point here`, async () => {
      await using admin = createAdmin(depsOf(), { address: anyPort, token: undefined })

      assert.equal((await ask(await admin.start(), { path: '/healthz', headers: { host } })).status, status)
    })
  }

  test('tells the port it got, and says when it is taken', async () => {
    await using first = createAdmin(depsOf(), { address: anyPort, token: undefined })
    const address = await first.start()

    await using second = createAdmin(depsOf(), { address, token: undefined })

    assert.ok(address.kind === 'tcp' && address.port > 0)
    await assert.rejects(second.start(), { code: 'EADDRINUSE' })
  })

  test('closes although a client keeps its connection', async () => {
    const admin = createAdmin(depsOf(), { address: anyPort, token: undefined })
    const address = await admin.start()
    const client = connect(address.kind === 'tcp' ? address.port : 0, '127.0.0.1')
    await once(client, 'connect')
    client.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await once(client, 'data')

    await admin.close()

    client.destroy()
    await assert.rejects(ask(address, { path: '/healthz' }), { code: 'ECONNREFUSED' })
  })
})

describe('an admin address on a unix socket', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-'))
  })
  after(() => rm(folder, { recursive: true }))

  test('needs no token, takes any host, and is for its owner alone', async () => {
    const address = { kind: 'unix', path: join(folder, 'a.sock') } as const
    await using admin = createAdmin(depsOf(), { address, token: undefined })
    await admin.start()

    const { status } = await ask(address, { path: '/healthz', headers: { host: 'whatever' } })

    assert.equal(status, 200)
    assert.equal((await stat(address.path)).mode & 0o777, 0o600)
  })

  test('takes the place of one that was killed', async () => {
    const address = { kind: 'unix', path: join(folder, 'killed.sock') } as const
    const child = fork(join(import.meta.dirname, 'fixtures/socket-holder.ts'), [address.path])
    await once(child, 'message')
    child.kill('SIGKILL')
    await once(child, 'exit')
    await using admin = createAdmin(depsOf(), { address, token: undefined })

    await admin.start()

    assert.equal((await ask(address, { path: '/healthz' })).status, 200)
  })

  test('does not take the place of one that lives, or of a file', async () => {
    const address = { kind: 'unix', path: join(folder, 'lives.sock') } as const
    const other = createServer()
    other.listen(address.path)
    await once(other, 'listening')
    await using admin = createAdmin(depsOf(), { address, token: undefined })

    await assert.rejects(admin.start(), { code: 'EADDRINUSE' })

    other.close()
  })
})

describe('a health address', () => {
  async function statuses(metrics: 'on' | 'off', paths: readonly string[]): Promise<readonly number[]> {
    const ready = () => ({ ready: false, reasons: ['starting'] })
    await using health = createHealth(depsOf({ ready }), { address: anyPort, metrics })
    const address: SocketAddress = await health.start()
    const headers = { host: 'gateway.example.svc' }
    return await Promise.all(paths.map(async (path) => (await ask(address, { path, headers })).status))
  }

  test('serves probes to whoever asks, and nothing else', async () => {
    const paths = ['/healthz', '/readyz', '/metrics', '/', '/api/model', '/api/version', '/api/openapi.json']

    assert.deepEqual(await statuses('off', paths), [200, 503, 404, 404, 404, 404, 404])
  })

  test('serves metrics when asked to', async () => {
    assert.deepEqual(
      await statuses('on', ['/healthz', '/metrics', '/api/explain?url=http://a/']),
      [200, 200, 404],
    )
  })
})
