import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { StallWatch } from '../../../../src/proxy/h2/stall-watch.ts'

const limit = 1000

describe('the watch over a stream that waits', () => {
  test('sleeps until it is started', () => {
    const watch = new StallWatch({ queued: 5, sent: 0 })

    assert.deepEqual([watch.watching, watch.nextCheck(limit)], [false, Number.POSITIVE_INFINITY])
    assert.equal(watch.isStalled(1e9, limit), false)
  })

  test('finds it stalled when nothing left in the time allowed', () => {
    const watch = new StallWatch({ queued: 5, sent: 0 })
    watch.start(100)

    assert.equal(watch.nextCheck(limit), 1100)
    assert.deepEqual([watch.isStalled(1099, limit), watch.isStalled(1100, limit)], [false, true])
  })

  test('takes less than 1 KiB for nothing', () => {
    const sender = { queued: 5000, sent: 0 }
    const watch = new StallWatch(sender)
    watch.start(0)
    sender.sent = 1023

    assert.equal(watch.isStalled(1000, limit), true)
  })

  test('starts anew where there was progress', () => {
    const sender = { queued: 5000, sent: 0 }
    const watch = new StallWatch(sender)
    watch.start(0)
    sender.sent = 1024

    assert.deepEqual([watch.isStalled(1000, limit), watch.nextCheck(limit)], [false, 2000])
  })

  test('sleeps again when nothing waits any more', () => {
    const sender = { queued: 5, sent: 0 }
    const watch = new StallWatch(sender)
    watch.start(0)
    sender.queued = 0

    assert.deepEqual([watch.isStalled(1000, limit), watch.watching], [false, false])
  })

  test('never finds anything without a limit', () => {
    const watch = new StallWatch({ queued: 5, sent: 0 })
    watch.start(0)

    assert.deepEqual([watch.nextCheck(0), watch.isStalled(1e9, 0)], [Number.POSITIVE_INFINITY, false])
  })
})
