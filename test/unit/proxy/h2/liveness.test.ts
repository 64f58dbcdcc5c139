import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Liveness } from '../../../../src/proxy/h2/liveness.ts'

describe('the life of an upstream connection', () => {
  test('is asked for when a response has been waited for in silence', () => {
    const liveness = new Liveness(0)
    liveness.begin(1_000)

    assert.equal(liveness.check(5_999, 'for a head'), 'alive')
    assert.equal(liveness.check(6_000, 'for a head'), 'ping')
  })

  test('is over when nothing answers', () => {
    const liveness = new Liveness(0)
    liveness.check(5_000, 'for a head')

    assert.equal(liveness.check(9_999, 'for a head'), 'alive')
    assert.equal(liveness.check(10_000, 'for a head'), 'dead')
  })

  test('is proved by any byte', () => {
    const liveness = new Liveness(0)
    liveness.check(5_000, 'for a head')
    liveness.heard(5_001)

    assert.equal(liveness.check(10_000, 'for a head'), 'alive')
  })

  test('is asked for ever more rarely while only answers to pings come', () => {
    const liveness = new Liveness(0)
    const pings: number[] = []
    for (let now = 0; now < 1_000_000; now += 1000) {
      if (liveness.check(now, 'for a head') !== 'ping') continue
      pings.push(now)
      liveness.heard(now)
    }

    assert.deepEqual(pings, [5_000, 65_000, 375_000, 685_000, 995_000])
  })

  test('is asked for early again once a response made progress', () => {
    const liveness = new Liveness(0)
    liveness.check(5_000, 'for a head')
    liveness.heard(6_000)
    liveness.progressed()

    assert.equal(liveness.check(11_000, 'for a head'), 'ping')
  })

  test('is asked for rarely when all responses have begun', () => {
    const liveness = new Liveness(0)

    assert.equal(liveness.check(309_999, 'no'), 'alive')
    assert.equal(liveness.check(310_000, 'no'), 'ping')
  })

  test('is in doubt when a request was given up since which nothing was heard', () => {
    const liveness = new Liveness(0)
    liveness.begin(1_000)

    assert.equal(liveness.givenUp(1_000, 2_500), true)
    assert.equal(liveness.suspect, true)
    assert.equal(liveness.check(7_500, 'no'), 'dead')
  })

  test('is not in doubt when a client left at once, or something else was heard meanwhile', () => {
    const liveness = new Liveness(0)

    assert.equal(liveness.givenUp(100, 200), false)
    liveness.heard(3_000)
    assert.equal(liveness.givenUp(1_000, 4_000), false)
    assert.equal(liveness.suspect, false)
  })
})
