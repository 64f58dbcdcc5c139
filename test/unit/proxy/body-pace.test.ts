import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BodyPace } from '../../../src/proxy/h1/body-pace.ts'

const limits = { bodyIdle: 30_000, bodyRate: 240, bodyRateGrace: 10_000 } as ConstructorParameters<
  typeof BodyPace
>[0]

describe('the pace of a body', () => {
  test('is well as long as bytes come within the idle limit', () => {
    const pace = new BodyPace(limits, false, 0)

    pace.heard(29_000)

    assert.equal(pace.fault(58_999, 1), undefined)
    assert.equal(pace.fault(59_000, 1), 'no byte for 30000 ms')
  })

  test('may be as slow as it likes within the grace, and not after it', () => {
    const pace = new BodyPace(limits, true, 0)

    pace.heard(9_999)

    assert.equal(pace.fault(9_999, 2), undefined)
    assert.equal(pace.fault(10_000, 2), '0 bytes a second')
    assert.equal(pace.fault(10_000, 2400), undefined)
  })

  test('is not judged by rate on a streaming route', () => {
    const pace = new BodyPace(limits, false, 0)

    pace.heard(19_000)

    assert.equal(pace.fault(20_000, 1), undefined)
  })

  test('does not count the time in which we held the body up', () => {
    const pace = new BodyPace(limits, true, 0)

    pace.pause(5_000)
    assert.equal(pace.fault(100_000, 0), undefined)
    pace.resume(100_000)

    assert.equal(pace.fault(104_999, 0), undefined)
    assert.equal(pace.fault(105_000, 0), '0 bytes a second')
  })

  test('is looked at again at the end of the grace, then every second', () => {
    const pace = new BodyPace(limits, true, 0)

    assert.equal(pace.nextCheck(0), 10_000)
    pace.heard(10_000)
    assert.equal(pace.nextCheck(10_000), 11_000)
  })
})
