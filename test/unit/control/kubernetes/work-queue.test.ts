import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { done, WorkQueue, type WorkResult } from '../../../../src/control/kubernetes/work-queue.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { pass } from './fake-cluster.ts'

function stage() {
  const clock = new FakeClock(0)
  const begun: string[] = []
  const world = {
    mayRun: true,
    result: (_key: string): Promise<WorkResult> => Promise.resolve(done),
    readyIn: (_key: string): number => 0,
  }
  const queue = new WorkQueue({
    clock,
    atOnce: 2,
    perSecond: 10,
    mayRun: () => world.mayRun,
    readyIn: (key) => world.readyIn(key),
    run: (key) => {
      begun.push(`${key} ${clock.now()}`)
      return world.result(key)
    },
  })
  return { clock, begun, world, queue }
}

describe('a queue of work', () => {
  test('begins what fell due first, evenly spaced', async () => {
    const { clock, begun, queue } = stage()

    for (const key of ['a', 'b', 'c']) queue.add(key)
    await pass(clock, 500, 10)

    assert.deepEqual(begun, ['a 0', 'b 100', 'c 200'])
  })

  test('runs a key once however often it was added, at the earlier time', async () => {
    const { clock, begun, queue } = stage()

    queue.add('a', 400)
    queue.add('a', 200)
    queue.add('a', 300)
    await pass(clock, 1_000, 10)

    assert.deepEqual(begun, ['a 200'])
  })

  test('runs a key again that was added while it ran, and never twice at once', async () => {
    const { clock, begun, world, queue } = stage()
    const first = Promise.withResolvers<WorkResult>()
    world.result = () => first.promise

    queue.add('a')
    await pass(clock, 200, 10)
    queue.add('a')
    await pass(clock, 200, 10)
    const before = begun.length
    world.result = () => Promise.resolve(done)
    first.resolve(done)
    await pass(clock, 100, 10)

    assert.deepEqual([before, begun.length], [1, 2])
  })

  test('runs a key again when its work says so', async () => {
    const { clock, begun, world, queue } = stage()
    const results: WorkResult[] = [{ kind: 'again', after: 300 }]
    world.result = () => Promise.resolve(results.pop() ?? done)

    queue.add('a')
    await pass(clock, 0)
    await pass(clock, 1_000, 10)

    assert.deepEqual(begun, ['a 0', 'a 300'])
  })

  test('has no more at once than it may', async () => {
    const { clock, begun, world, queue } = stage()
    world.result = () => new Promise(() => {})

    for (const key of ['a', 'b', 'c']) queue.add(key)
    await pass(clock, 1_000, 10)

    assert.deepEqual(begun, ['a 0', 'b 100'])
  })

  test('lets others by that are ready', async () => {
    const { clock, begun, world, queue } = stage()
    world.readyIn = (key) => (key === 'a' ? Math.max(0, 350 - clock.now()) : 0)

    for (const key of ['a', 'b']) queue.add(key)
    await pass(clock, 500, 10)

    assert.deepEqual(begun, ['b 0', 'a 350'])
  })

  test('looks again a second after nothing may be run, or when it is woken', async () => {
    const { clock, begun, world, queue } = stage()
    world.mayRun = false
    queue.add('a')
    await pass(clock, 500, 10)

    world.mayRun = true
    queue.wake()
    await pass(clock, 100, 10)

    assert.deepEqual(begun, ['a 500'])
  })

  test('takes back what has not begun', async () => {
    const { clock, begun, queue } = stage()

    queue.add('a', 100)
    queue.delete('a')
    await queue.idle()
    await pass(clock, 500, 10)

    assert.deepEqual(begun, [])
  })

  test('waits at its end for what runs, and begins nothing more', async () => {
    const { clock, begun, world, queue } = stage()
    const first = Promise.withResolvers<WorkResult>()
    world.result = () => first.promise
    queue.add('a')
    queue.add('b', 200)
    await pass(clock, 100, 10)

    const closed = queue.close()
    first.resolve({ kind: 'again', after: 0 })
    await closed
    await pass(clock, 500, 10)

    assert.deepEqual(begun, ['a 0'])
  })
})
