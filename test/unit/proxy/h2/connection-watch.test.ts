import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { describe, test } from 'node:test'
import type { ListenerLimits } from '../../../../src/model/listener.ts'
import { ConnectionWatch } from '../../../../src/proxy/h2/connection-watch.ts'
import { preface } from '../../../../src/wire/h2/protocol.ts'
import { frame, plainGet } from '../../../support/h2-frames.ts'
import { Engine } from '../../wire/h2/engine.ts'

const limits = { requestHeadTimeout: 1000, keepAliveIdle: 60_000, writeStall: 5000 } as ListenerLimits

const start = [Buffer.from(preface), frame(4, 0, 0), frame(4, 1, 0)]

/** A server's session, what its socket still holds, and the watch over both. */
function watched() {
  const engine = new Engine('server')
  const socket = { writableLength: 0, _handle: { writeQueueSize: 0 } }
  const watch = new ConnectionWatch(engine.session, socket as unknown as Socket, 0)
  const at = (now: number) => {
    watch.look(now, limits)
    return watch.overdue(now, limits)
  }
  return { engine, socket, watch, at }
}

describe('the times of an HTTP/2 connection', () => {
  test('end one that never begins', () => {
    const { at } = watched()

    assert.deepEqual([at(999), at(1000)], [undefined, 'head'])
  })

  test('end one that never acknowledges the settings', () => {
    const { engine, at } = watched()
    engine.push(preface, frame(4, 0, 0), frame(1, 5, 1, plainGet))

    assert.deepEqual([at(9_999), at(10_000)], [undefined, 'settings'])
  })

  test('end a head that does not come to its end, and nothing that does', () => {
    const { engine, at } = watched()
    engine.push(...start, frame(1, 1, 1, plainGet))
    at(500)
    engine.push(frame(9, 4, 1), frame(1, 1, 3, plainGet))

    assert.deepEqual([at(1200), at(2199), at(2200)], [undefined, undefined, 'head'])
  })

  test('end one that is idle', () => {
    const { engine, at } = watched()
    engine.push(...start)
    at(10)

    assert.deepEqual([at(60_009), at(60_010)], [undefined, 'idle'])
    engine.push(frame(1, 5, 1, plainGet))
    assert.equal(at(200_000), undefined)
  })

  test('end one whose client takes nothing of what was written', () => {
    const { engine, socket, at } = watched()
    engine.push(...start, frame(1, 5, 1, plainGet))
    socket.writableLength = 100
    socket._handle.writeQueueSize = 100
    at(0)

    socket._handle.writeQueueSize = 99
    assert.equal(at(5000), undefined)
    assert.equal(at(9999), undefined)
    assert.equal(at(10_000), 'write')
  })

  test('name the last stream when the answer to a drain does not come', () => {
    const { engine, at } = watched()
    engine.push(...start, frame(1, 5, 1, plainGet))
    engine.session.drain()
    at(0)

    assert.deepEqual([at(1999), at(2000)], [undefined, 'drain'])
    engine.session.drain()
    assert.equal(at(3000), undefined)
  })
})
