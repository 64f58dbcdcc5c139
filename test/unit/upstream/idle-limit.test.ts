import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { IdleLimit } from '../../../src/upstream/idle-limit.ts'

describe('idle limit', () => {
  test('starts at what is configured', () => {
    assert.equal(new IdleLimit(4_000).current(0), 4_000)
  })

  for (const [seconds, limit] of [
    [0, 0],
    [1, 500],
    [2, 1_000],
    [3, 2_000],
    [4.5, 3_500],
    [5, 4_000],
    [60, 4_000],
  ] as const) {
    test(`Keep-Alive: timeout=${seconds} makes it ${limit} ms`, () => {
      const idle = new IdleLimit(4_000)

      idle.announce(seconds)

      assert.equal(idle.current(0), limit)
    })
  }

  test('the last announcement counts', () => {
    const idle = new IdleLimit(4_000)
    idle.announce(2)
    idle.announce(4)

    assert.equal(idle.current(0), 3_000)
  })

  test('a close that was seen lowers it to 0.8 of the idle age', () => {
    const idle = new IdleLimit(4_000)

    idle.observe(1_000, 0)

    assert.equal(idle.current(0), 800)
  })

  test('closes never lower it below 50 ms', () => {
    const idle = new IdleLimit(4_000)

    idle.observe(3, 0)

    assert.equal(idle.current(0), 50)
  })

  test('a close after a longer idle age does not raise it', () => {
    const idle = new IdleLimit(4_000)
    idle.observe(1_000, 0)

    idle.observe(3_000, 0)

    assert.equal(idle.current(0), 800)
  })

  test('recovers slowly: it doubles in a minute and ends where it started', () => {
    const idle = new IdleLimit(4_000)
    idle.observe(1_000, 0)

    assert.equal(idle.current(60_000), 1_600)
    assert.equal(idle.current(120_000), 3_200)
    assert.equal(idle.current(180_000), 4_000)
    assert.equal(idle.current(180_001), 4_000)
  })

  for (const [configured, fresh] of [
    [4_000, 250],
    [1_000, 250],
    [400, 100],
  ] as const) {
    test(`with a limit of ${configured} ms a connection is fresh for ${fresh} ms`, () => {
      assert.equal(new IdleLimit(configured).fresh(0), fresh)
    })
  }
})
