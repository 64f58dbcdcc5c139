import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Sender } from 'ws'
import type { UpgradeRules } from '../../../../src/model/route.ts'
import type { Exchange } from '../../../../src/proxy/exchange.ts'
import { FrameGate } from '../../../../src/proxy/upgrade/frame-gate.ts'
import { Upgrade } from '../../../../src/proxy/upgrade/upgrade.ts'

const rules: UpgradeRules = {
  protocols: ['websocket'],
  httpOrigins: [],
  idle: 0,
  age: 0,
  ping: 0,
  messageBytes: 0,
  messagesPerSecond: 10,
}

/** A gate with what it tells: the hex of everything that passed, and how it ended. */
function gated(more: Partial<UpgradeRules> = {}) {
  const own = { ...rules, ...more }
  const upgrade = new Upgrade('websocket', '', own)
  const gate = new FrameGate(own)
  const passed: Buffer[] = []
  const wheel = { now: 0, arm: () => {} }
  const connection = {
    sendBody: (buffer: Buffer, start: number, end: number) => passed.push(buffer.subarray(start, end)),
    sendEnd: () => {},
    flush: () => 'sent',
  }
  const exchange = { traffic: { wheel }, connection, sink: undefined, reason: undefined }
  return {
    wheel,
    upgrade,
    bytes: () => Buffer.concat(passed),
    reason: () => exchange.reason,
    up(buffer: Buffer) {
      gate.up(exchange as unknown as Exchange, upgrade, {
        buffer,
        start: 0,
        end: buffer.length,
        borrowed: false,
      })
    },
  }
}

function message(text: string, fin = true): Buffer {
  const options = { fin, rsv1: false, opcode: 1, mask: true, readOnly: true }
  return Buffer.concat(Sender.frame(Buffer.from(text), options))
}

describe('a frame gate', () => {
  test('lets as many messages pass at once as its rate is a second', () => {
    const gate = gated()
    const ten = Buffer.concat(Array.from({ length: 10 }, () => message('a')))

    gate.up(ten)

    assert.deepEqual([gate.bytes(), gate.reason()], [ten, undefined])
  })

  test('ends at one more, behind those that may pass', () => {
    const gate = gated()
    const eleven = Array.from({ length: 11 }, () => message('a'))

    gate.up(Buffer.concat(eleven))

    assert.equal(gate.reason(), 'websocket_rate')
    assert.deepEqual(gate.bytes().subarray(0, 70), Buffer.concat(eleven.slice(0, 10)))
    assert.match(gate.bytes().toString('hex', 70), /^8882.{12}$/)
  })

  test('lets more pass as time goes on, never more than those of a second', () => {
    const gate = gated()
    for (let i = 0; i < 10; i++) gate.up(message('a'))

    gate.wheel.now = 300
    for (let i = 0; i < 3; i++) gate.up(message('b'))
    gate.wheel.now = 60_000
    for (let i = 0; i < 10; i++) gate.up(message('c'))
    const before = gate.reason()
    gate.up(message('d'))

    assert.deepEqual([before, gate.reason()], [undefined, 'websocket_rate'])
  })

  test('counts a message of many fragments once, and controls not at all', () => {
    const gate = gated({ messagesPerSecond: 1 })
    const pong = Buffer.concat(
      Sender.frame(Buffer.alloc(0), { fin: true, rsv1: false, opcode: 10, mask: true, readOnly: true }),
    )

    gate.up(message('a', false))
    for (let i = 0; i < 20; i++) gate.up(pong)

    assert.equal(gate.reason(), undefined)
  })

  test('keeps a header back until it is complete', () => {
    const gate = gated()
    const frame = message('hello')

    gate.up(frame.subarray(0, 1))
    gate.up(frame.subarray(1, 5))
    const early = gate.bytes().length
    gate.up(frame.subarray(5))

    assert.deepEqual([early, gate.bytes()], [0, frame])
  })
})
