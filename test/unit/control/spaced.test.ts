import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { spaced } from '../../../src/control/spaced.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('spacing changes', () => {
  let clock: FakeClock
  let runs: number[]
  let apart: number
  let lane: ReturnType<typeof spaced>

  beforeEach(() => {
    clock = new FakeClock(0)
    runs = []
    apart = 50
    lane = spaced(
      () => runs.push(clock.now()),
      clock,
      () => apart,
    )
  })

  test('lets a change go out at once when the last one is long ago', () => {
    lane.touch()
    clock.advance(50)
    lane.touch()

    assert.deepEqual(runs, [0, 50])
  })

  test('lets those that follow go out together, however many come', () => {
    for (let i = 0; i < 12; i++) {
      lane.touch()
      clock.advance(10)
    }

    assert.deepEqual(runs, [0, 50, 100])
  })

  test('leaves more room when it is asked to', () => {
    lane.touch()
    apart = 100
    lane.touch()
    clock.advance(500)

    assert.deepEqual(runs, [0, 100])
  })

  test('runs no more than it was asked to', () => {
    lane.touch()
    lane.touch()
    clock.advance(500)

    assert.deepEqual(runs, [0, 50])
  })

  test('drops what waits when it is disposed', () => {
    lane.touch()
    lane.touch()
    lane[Symbol.dispose]()
    clock.advance(500)

    assert.deepEqual(runs, [0])
  })
})
