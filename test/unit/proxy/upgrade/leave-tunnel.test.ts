import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { UpgradeRules } from '../../../../src/model/route.ts'
import type { Exchange } from '../../../../src/proxy/exchange.ts'
import { leaveTunnel, onTunnelTimeout } from '../../../../src/proxy/upgrade/leave-tunnel.ts'
import { tunnelDown, tunnelUp } from '../../../../src/proxy/upgrade/tunnel-bytes.ts'
import { Upgrade } from '../../../../src/proxy/upgrade/upgrade.ts'

const rules: UpgradeRules = {
  protocols: ['websocket'],
  httpOrigins: [],
  idle: 200,
  age: 0,
  ping: 0,
  messageBytes: 0,
  messagesPerSecond: 0,
}

/** An open tunnel without its sockets, with what each side was sent in hex; `end` where it was ended. */
function openTunnel(protocol = 'websocket') {
  const said = { client: [] as string[], endpoint: [] as string[] }
  const wheel = { now: 0, arm: (timed: { deadline: number }, at: number) => (timed.deadline = at) }
  const side = (to: string[]) => ({
    sendBody: (buffer: Buffer, start: number, end: number) => to.push(buffer.toString('hex', start, end)),
    sendData: (buffer: Buffer, start: number, end: number) => to.push(buffer.toString('hex', start, end)),
    sendEnd: () => to.push('end'),
    flush: () => 'sent',
  })
  const upgrade = new Upgrade(protocol, '', rules)
  upgrade.open = true
  upgrade.quietMs = rules.idle
  const fake = {
    traffic: { wheel },
    upgrade,
    connection: side(said.endpoint),
    sink: side(said.client),
    totalAt: Number.POSITIVE_INFINITY,
    deadline: 0,
    responseBytes: 0,
    onResponseTurn: () => 'sent',
  }
  const exchange = fake as unknown as Exchange
  return {
    said,
    fake,
    leave: () => leaveTunnel(exchange, upgrade, 'draining'),
    /** Moves the time, and fires the deadline when it has come. */
    at(now: number) {
      wheel.now = now
      if (now >= fake.deadline) onTunnelTimeout(exchange, upgrade, now)
    },
    up: (hex: string) => tunnelUp(exchange, upgrade, Buffer.from(hex, 'hex'), 0, hex.length / 2, false),
    down: (hex: string) => tunnelDown(exchange, upgrade, Buffer.from(hex, 'hex'), 0, hex.length / 2, false),
  }
}

const close = '880203e9'

describe('leaving a tunnel', () => {
  test('says Close to the client, and to the endpoint nothing yet', () => {
    const tunnel = openTunnel()

    tunnel.leave()

    assert.deepEqual(tunnel.said, { client: [close], endpoint: [] })
  })

  test('waits for the end of a frame of the endpoint', () => {
    const tunnel = openTunnel()
    tunnel.down('8104aabb')

    tunnel.leave()
    tunnel.down('ccdd8101ee')

    assert.deepEqual(tunnel.said.client, ['8104aabb', 'ccdd', close])
  })

  test('says no second Close behind that of the endpoint', () => {
    const tunnel = openTunnel()
    tunnel.down('880203e8')

    tunnel.leave()

    assert.deepEqual(tunnel.said.client, ['880203e8'])
  })

  test('goes on with what the client says for five seconds, whatever its idle limit is', () => {
    const tunnel = openTunnel()
    tunnel.leave()

    tunnel.at(100)
    tunnel.up('8180aabbccdd')
    tunnel.at(4900)
    const before = [...tunnel.said.endpoint]
    tunnel.at(5000)

    assert.deepEqual(before, ['8180aabbccdd'])
    assert.deepEqual([tunnel.said.client, tunnel.said.endpoint.at(-1)], [[close, 'end'], 'end'])
    assert.match(tunnel.said.endpoint[1] ?? '', /^8882.{12}$/)
  })

  test('says no Close of its own in the middle of a frame of the client, or behind its Close', () => {
    for (const bytes of ['8185aabbccdd00', '888200000000 03e9'.replace(' ', '')]) {
      const tunnel = openTunnel()
      tunnel.leave()
      tunnel.up(bytes)

      tunnel.at(5000)

      assert.deepEqual(tunnel.said.endpoint, [bytes, 'end'])
    }
  })

  test('just ends the bytes of another protocol', () => {
    const tunnel = openTunnel('spdy/3.1')

    tunnel.leave()

    assert.deepEqual(tunnel.said, { client: ['end'], endpoint: ['end'] })
  })
})
