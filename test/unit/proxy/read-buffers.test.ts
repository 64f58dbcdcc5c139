import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ReadBuffer } from '../../../src/proxy/read-buffers.ts'

describe('the buffer a connection reads into', () => {
  test('is the one all share, and is given once', () => {
    const [one, other] = [new ReadBuffer(), new ReadBuffer()]

    const given = one.next()

    assert.equal(given, other.next())
    assert.deepEqual([one.borrowed, one.next()], [true, undefined])
  })

  test('is its own while it streams, from the next time the socket asks', () => {
    const buffer = new ReadBuffer()
    const shared = buffer.next()

    buffer.startStreaming()

    assert.equal(buffer.current, shared)
    const own = buffer.next()
    assert.notEqual(own, shared)
    assert.deepEqual([buffer.current, buffer.borrowed], [own, false])
  })

  test('stays what the socket has when streaming ends outside a read', () => {
    const buffer = new ReadBuffer()
    buffer.next()
    buffer.startStreaming()
    const own = buffer.next()

    buffer.stopStreaming(true)

    assert.equal(buffer.current, own)
  })

  test('is another one after a write has kept the last', () => {
    const buffer = new ReadBuffer()
    buffer.next()
    buffer.startStreaming()
    const own = buffer.next()

    buffer.rotate()

    assert.notEqual(buffer.next(), own)
    assert.equal(buffer.borrowed, false)
  })

  test('goes to the next that streams only when no write refers to it', () => {
    const [one, other] = [new ReadBuffer(), new ReadBuffer()]
    for (const buffer of [one, other]) buffer.next()
    one.startStreaming()
    const own = one.next()

    one.stopStreaming(false)
    one.next()
    other.startStreaming()

    assert.notEqual(other.next(), own)
  })
})
