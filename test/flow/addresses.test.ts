import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { ask, getRequest } from '../support/ask.ts'
import { startGateway } from '../support/gateway.ts'
import { value } from '../support/message-reader.ts'
import { Origin } from '../support/origin.ts'

const folder = mkdtempSync(join(tmpdir(), 'tidegate-'))
const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
)
const withoutIpv6 = hasIpv6 ? {} : { skip: 'this host has no ::1' }

function config(listen: string, endpoint: string) {
  return {
    listeners: [{ name: 'web', address: listen }],
    routes: [{ to: 'origin' }],
    clusters: { origin: { endpoints: [endpoint] } },
  }
}

describe('addresses', () => {
  after(() => rmSync(folder, { recursive: true }))

  test('accepts on a unix socket', async () => {
    await using origin = await Origin.start()
    const path = join(folder, 'in.sock')
    await using gateway = await startGateway(config(`unix:${path}`, origin.address))

    const { status } = await ask({ path }, getRequest('/'))

    assert.deepEqual([status, (await gateway.outcome()).clientAddress], [200, ''])
  })

  test('sends no x-forwarded-for when the peer has no address', async () => {
    await using origin = await Origin.start()
    const path = join(folder, 'in2.sock')
    await using _gateway = await startGateway(config(`unix:${path}`, origin.address))

    await ask({ path }, getRequest('/', 'X-Forwarded-For: 9.9.9.9\r\n'))

    assert.ok(!(value(origin.requests[0]!, 'x-forwarded-for') ?? '').includes('9.9.9.9'))
  })

  test('reaches an endpoint on a unix socket, and keeps its connection', async () => {
    await using origin = await Origin.start({}, { path: join(folder, 'out.sock') })
    await using gateway = await startGateway(config('127.0.0.1:0', origin.address))

    await ask(gateway.port(), getRequest('/1'))
    await ask(gateway.port(), getRequest('/2'))

    assert.deepEqual(
      origin.requests.map(({ connection }) => connection),
      [0, 0],
    )
  })

  test('reaches an IPv6 endpoint', withoutIpv6, async () => {
    await using origin = await Origin.start({}, { host: '::1' })
    await using gateway = await startGateway(config('127.0.0.1:0', origin.address))

    const { status } = await ask(gateway.port(), getRequest('/'))

    assert.equal(status, 200)
  })

  for (const [host, seen] of [
    ['::1', '::1'],
    ['127.0.0.1', '127.0.0.1'],
  ] as const) {
    test(`accepts ${host} on [::], and knows it as ${seen}`, withoutIpv6, async () => {
      await using origin = await Origin.start()
      await using gateway = await startGateway(config('[::]:0', origin.address))

      await ask({ host, port: gateway.port() }, getRequest('/'))

      assert.deepEqual(
        [(await gateway.outcome()).clientAddress, value(origin.requests[0]!, 'x-forwarded-for')],
        [seen, seen],
      )
    })
  }

  test('matches an IPv4 block against an IPv4 client of a dual-stack listener', withoutIpv6, async () => {
    await using origin = await Origin.start()
    await using gateway = await startGateway({
      listeners: [{ name: 'web', address: '[::]:0' }],
      routes: [{ clients: ['127.0.0.0/8'], to: 'origin' }],
      clusters: { origin: { endpoints: [origin.address] } },
    })

    const { status } = await ask(gateway.port(), getRequest('/'))

    assert.equal(status, 200)
  })
})
