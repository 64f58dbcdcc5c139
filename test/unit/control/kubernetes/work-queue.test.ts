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
    shareReadyIn: (_share: string): number => 0,
  }
  const queue = new WorkQueue({
    clock,
    atOnce: 2,
    perSecond: 10,
    mayRun: () => world.mayRun,
    readyIn: (key) => world.readyIn(key),
    shareOf: (key) => key.split('/')[0] ?? '',
    shareReadyIn: (share) => world.shareReadyIn(share),
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

  test('takes turns between shares, and begins of each what fell due first', async () => {
    const { clock, begun, queue } = stage()

    for (const key of ['big/1', 'big/2', 'big/3', 'small/1', 'other/1', 'other/2']) queue.add(key)
    await pass(clock, 1_000, 10)

    assert.deepEqual(
      begun.map((line) => line.split(' ')[0]),
      ['big/1', 'small/1', 'other/1', 'big/2', 'other/2', 'big/3'],
    )
  })

  test('has a share with one key wait for one of another, however many that has', async () => {
    const { clock, begun, queue } = stage()
    for (let index = 0; index < 5_000; index += 1) queue.add(`big/${index}`)
    await pass(clock, 400, 10)

    queue.add('small/1')
    await pass(clock, 300, 10)

    assert.deepEqual(begun.slice(0, 7), [
      'big/0 0',
      'big/1 100',
      'big/2 200',
      'big/3 300',
      'big/4 400',
      'big/5 500',
      'small/1 600',
    ])
  })

  test('gives no second turn for work that comes again at once', async () => {
    const { clock, begun, world, queue } = stage()
    world.result = (key) => Promise.resolve(key === 'big/1' ? { kind: 'again', after: 0 } : done)

    for (const key of ['big/1', 'small/1', 'small/2']) queue.add(key)
    await pass(clock, 500, 10)

    assert.deepEqual(
      begun.map((line) => line.split(' ')[0]),
      ['big/1', 'small/1', 'big/1', 'small/2', 'big/1', 'big/1'],
    )
  })

  test('passes over a share that is not ready, without a look at each of its keys', async () => {
    const { clock, begun, world, queue } = stage()
    const looked: string[] = []
    world.shareReadyIn = (share) => (share === 'big' ? Math.max(0, 350 - clock.now()) : 0)
    world.readyIn = (key) => {
      looked.push(key)
      return 0
    }

    for (const key of ['big/1', 'big/2', 'small/1']) queue.add(key)
    await pass(clock, 600, 10)

    assert.deepEqual(begun, ['small/1 0', 'big/1 350', 'big/2 450'])
    assert.deepEqual([...new Set(looked)], ['small/1', 'big/1', 'big/2'])
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
