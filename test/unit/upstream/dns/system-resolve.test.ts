import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { systemResolve } from '../../../../src/upstream/dns/system-resolve.ts'
import { type DnsReply, DnsServer } from '../../../support/dns-server.ts'

const never = new AbortController().signal
const four = (ttl: number, ...addresses: string[]): DnsReply => ({ kind: 'addresses', addresses, ttl })

async function setUp(context: TestContext, replies: Record<string, DnsReply>, files: readonly string[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-dns-'))
  const [hosts = '', conf = ''] = files
  await writeFile(join(folder, 'hosts'), hosts)
  await writeFile(join(folder, 'resolv.conf'), conf)
  const server = new DnsServer(replies)
  const address = await server.listen()
  context.after(async () => {
    await server[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })
  const resolve = systemResolve({
    hostsFile: join(folder, 'hosts'),
    resolvConf: join(folder, 'resolv.conf'),
    servers: [address],
    timeout: 250,
    tries: 1,
  })
  return { server, resolve }
}

describe('resolving with a real DNS server', () => {
  test('finds the IPv4 addresses and the shortest TTL, and asks for no others', async (context) => {
    const { server, resolve } = await setUp(context, { 'web.test A': four(30, '127.0.0.2', '127.0.0.3') })

    assert.deepEqual(await resolve('web.test', never), {
      kind: 'found',
      addresses: ['127.0.0.2', '127.0.0.3'],
      ttl: 30_000,
    })
    assert.deepEqual(server.asked, ['web.test A'])
  })

  test('finds IPv6 addresses of a name that has no IPv4 ones', async (context) => {
    const { resolve } = await setUp(context, {
      'six.test A': { kind: 'nodata' },
      'six.test AAAA': { kind: 'addresses', addresses: ['2001:db8::5'], ttl: 5 },
    })

    assert.deepEqual(await resolve('six.test', never), {
      kind: 'found',
      addresses: ['2001:db8::5'],
      ttl: 5_000,
    })
  })

  test('a name that does not exist, or has no address, is absent', async (context) => {
    const { resolve } = await setUp(context, {
      'none.test A': { kind: 'nodata' },
      'none.test AAAA': { kind: 'nodata' },
    })

    assert.deepEqual(await resolve('missing.test', never), {
      kind: 'absent',
      cause: 'AAAA "missing.test": ENOTFOUND',
    })
    assert.equal((await resolve('none.test', never)).kind, 'absent')
  })

  test('a server that fails, or says nothing, is a failure', async (context) => {
    const { resolve } = await setUp(context, {
      'bad.test A': { kind: 'servfail' },
      'mute.test A': { kind: 'silence' },
    })

    assert.deepEqual(await resolve('bad.test', never), { kind: 'failed', cause: 'A "bad.test": ESERVFAIL' })
    assert.deepEqual(await resolve('mute.test', never), { kind: 'failed', cause: 'A "mute.test": ETIMEOUT' })
  })

  test('IPv6 is no way out when IPv4 could not be asked', async (context) => {
    const { resolve } = await setUp(context, {
      'web.test A': { kind: 'servfail' },
      'web.test AAAA': { kind: 'addresses', addresses: ['2001:db8::5'], ttl: 5 },
    })

    assert.equal((await resolve('web.test', never)).kind, 'failed')
  })

  test('the hosts file is asked first, and nobody else then', async (context) => {
    const { server, resolve } = await setUp(context, { 'web.test A': four(30, '127.0.0.2') }, [
      '127.0.0.9 web.test\n',
    ])

    assert.deepEqual(await resolve('web.test', never), {
      kind: 'found',
      addresses: ['127.0.0.9'],
      ttl: undefined,
    })
    assert.deepEqual(server.asked, [])
  })

  test('the search list finds short names', async (context) => {
    const replies = { 'web.shop.test A': four(30, '127.0.0.2') }
    const { server, resolve } = await setUp(context, replies, ['', 'search other.test shop.test\n'])

    assert.equal((await resolve('web', never)).kind, 'found')
    assert.deepEqual(server.asked, ['web.other.test A', 'web.other.test AAAA', 'web.shop.test A'])
  })

  test('a failure on the way through the search list is not taken for absence', async (context) => {
    const { resolve } = await setUp(context, { 'web.shop.test A': { kind: 'servfail' } }, [
      '',
      'search shop.test\n',
    ])

    assert.equal((await resolve('web', never)).kind, 'failed')
  })

  test('addresses and localhost need nobody', async (context) => {
    const { server, resolve } = await setUp(context, {})

    assert.deepEqual(await resolve('::1', never), { kind: 'found', addresses: ['::1'], ttl: undefined })
    assert.deepEqual(await resolve('localhost', never), {
      kind: 'found',
      addresses: ['127.0.0.1'],
      ttl: undefined,
    })
    assert.deepEqual(server.asked, [])
  })

  test('a question is given up when the signal comes', async (context) => {
    const { resolve } = await setUp(context, { 'mute.test A': { kind: 'silence' } })
    const stop = new AbortController()
    const asking = resolve('mute.test', stop.signal)
    stop.abort()

    assert.equal((await asking).kind, 'failed')
  })
})
