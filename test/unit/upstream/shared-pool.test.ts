import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Endpoint } from '../../../src/upstream/endpoint.ts'
import type { SharedConnection } from '../../../src/upstream/pool.ts'
import { SharedPool } from '../../../src/upstream/shared-pool.ts'

const settings = { idle: 4_000, age: 60_000, idleConnections: 2 }

/** A connection without a socket, whose pool is told when it goes. */
function shared(pool: SharedPool, facts: { room?: number; idleSince?: number; openedAt?: number } = {}) {
  const connection = {
    endpoint: {} as Endpoint,
    openedAt: facts.openedAt ?? 0,
    idleSince: facts.idleSince ?? Infinity,
    room: facts.room ?? 1,
    retired: 0,
    retire() {
      this.retired++
      pool.forget(this)
    },
  } satisfies SharedConnection & { retired: number }
  pool.add(connection)
  return connection
}

describe('the shared connections of an endpoint', () => {
  test('are taken in order, as long as they have room', () => {
    const pool = new SharedPool(settings)
    shared(pool, { room: 0 })
    const second = shared(pool)
    shared(pool)

    assert.equal(pool.take(0), second)
    assert.equal(pool.hasRoom, true)
  })

  test('are not taken when none has room', () => {
    const pool = new SharedPool(settings)
    shared(pool, { room: 0 })

    assert.equal(pool.take(0), undefined)
    assert.equal(pool.hasRoom, false)
  })

  test('are retired instead of taken when they are old', () => {
    const pool = new SharedPool(settings)
    const [first, second] = [shared(pool), shared(pool)]
    const young = shared(pool, { openedAt: 90_000 })

    assert.equal(pool.take(100_000), young)
    assert.deepEqual([first.retired, second.retired], [1, 1])
  })

  test('are swept when they were idle for too long, and never while they carry something', () => {
    const pool = new SharedPool(settings)
    const idle = shared(pool, { idleSince: 1_000 })
    const busy = shared(pool)

    pool.sweep(4_999)
    assert.equal(idle.retired, 0)
    pool.sweep(5_001)

    assert.deepEqual([idle.retired, busy.retired], [1, 0])
  })

  test('are swept when more are idle than may be, the longest idle first', () => {
    const pool = new SharedPool(settings)
    const connections = [3, 1, 2].map((idleSince) => shared(pool, { idleSince }))

    pool.sweep(10)

    assert.deepEqual(
      connections.map(({ retired }) => retired),
      [0, 1, 0],
    )
    assert.deepEqual([pool.idle, pool.oldest], [2, 2])
  })

  test('give way one by one, those that are idle only', () => {
    const pool = new SharedPool(settings)
    shared(pool)
    const idle = shared(pool, { idleSince: 5 })

    assert.equal(pool.closeOldest(), true)
    assert.equal(pool.closeOldest(), false)
    assert.equal(idle.retired, 1)
  })

  test('are all retired when the endpoint goes', () => {
    const pool = new SharedPool(settings)
    const connections = [shared(pool), shared(pool, { idleSince: 1 })]

    pool.retireAll()

    assert.deepEqual(
      connections.map(({ retired }) => retired),
      [1, 1],
    )
    assert.equal(pool.take(0), undefined)
  })
})
