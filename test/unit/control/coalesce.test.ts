import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { coalesce } from '../../../src/control/coalesce.ts'
import { FakeClock } from '../../support/fake-clock.ts'

function counted(): { clock: FakeClock; runs: number[]; changes: ReturnType<typeof coalesce> } {
  const clock = new FakeClock(0)
  const runs: number[] = []
  const changes = coalesce(() => runs.push(clock.now()), { clock, quiet: 100, most: 250 })
  return { clock, runs, changes }
}

describe('coalesce', () => {
  test('runs once things have been quiet', () => {
    const { clock, runs, changes } = counted()

    changes.touch()
    clock.advance(60)
    changes.touch()
    clock.advance(500)

    assert.deepEqual(runs, [160])
  })

  test('runs at the latest after its longest wait, under steady change', () => {
    const { clock, runs, changes } = counted()

    for (let at = 0; at < 600; at += 50) {
      changes.touch()
      clock.advance(50)
    }

    assert.deepEqual(runs, [250, 500])
  })

  test('starts anew after a run', () => {
    const { clock, runs, changes } = counted()

    changes.touch()
    clock.advance(1000)
    changes.touch()
    clock.advance(1000)

    assert.deepEqual(runs, [100, 1100])
  })

  test('drops what waits when it is disposed', () => {
    const { clock, runs, changes } = counted()

    changes.touch()
    changes[Symbol.dispose]()
    clock.advance(1000)

    assert.deepEqual([runs, clock.waiting], [[], 0])
  })
})
