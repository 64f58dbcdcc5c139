import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { paced } from '../../../src/control/paced.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('pacing changes', () => {
  let clock: FakeClock
  let runs: number[]
  let pace: ReturnType<typeof paced>

  beforeEach(() => {
    clock = new FakeClock(0)
    runs = []
    pace = paced(() => runs.push(clock.now()), { clock, quiet: 100, most: 250 })
  })

  test('lets the first change after quiet go out at once', () => {
    pace.touch()
    clock.advance(100)
    pace.touch()

    assert.deepEqual(runs, [0, 100])
  })

  test('holds those that follow until it has been quiet', () => {
    pace.touch()
    clock.advance(10)
    pace.touch()
    clock.advance(50)
    pace.touch()
    clock.advance(500)

    assert.deepEqual(runs, [0, 160])
  })

  test('lets none wait longer than the most', () => {
    pace.touch()
    for (let i = 0; i < 8; i++) {
      clock.advance(50)
      pace.touch()
    }

    assert.deepEqual(runs, [0, 300])
  })

  test('counts quiet from the last change that went out', () => {
    pace.touch()
    clock.advance(10)
    pace.touch()
    clock.advance(100)
    pace.touch()

    assert.deepEqual(runs, [0, 110])
  })

  test('drops what waits when it is disposed', () => {
    pace.touch()
    pace.touch()
    pace[Symbol.dispose]()
    clock.advance(500)

    assert.deepEqual(runs, [0])
  })
})
