import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HashQueue } from '../../../../src/filters/passwords/hash-queue.ts'
import type { HashAnswer, HashQuestion } from '../../../../src/filters/passwords/hash-thread.ts'

/** A thread that answers when the test does. */
function scripted() {
  const threads: ScriptedThread[] = []
  const start = (onAnswer: (answer: HashAnswer) => void, onEnd: () => void) => {
    const thread: ScriptedThread = { asked: [], answer: onAnswer, die: onEnd, ended: false }
    threads.push(thread)
    return {
      ask: (question: HashQuestion) => void thread.asked.push(question.password),
      end: () => {
        thread.ended = true
      },
    }
  }
  return { threads, queue: new HashQueue(start) }
}

interface ScriptedThread {
  readonly asked: string[]
  readonly answer: (answer: HashAnswer) => void
  readonly die: () => void
  ended: boolean
}

const apr1 = '$apr1$JGId5.zW$KDBPjjzwwFUGMll1Ofc521'

describe('the queue of passwords', () => {
  test('asks a real thread, which says right and wrong', async () => {
    const queue = new HashQueue()

    const verdicts = await Promise.all(['tr0ub4dor&3', 'other'].map((one) => queue.verify(one, apr1)))

    assert.deepEqual(verdicts, ['right', 'wrong'])
    queue.close()
  })

  test('starts no thread before somebody asks', () => {
    assert.equal(scripted().threads.length, 0)
  })

  test('asks one thread one question at a time, in order', async () => {
    const { threads, queue } = scripted()
    const verdicts = [queue.verify('a', apr1), queue.verify('b', apr1)]
    const [thread] = threads

    assert.deepEqual(thread?.asked, ['a'])
    thread?.answer({ isRight: true })
    assert.deepEqual(thread?.asked, ['a', 'b'])
    thread?.answer({ isRight: false })

    assert.deepEqual(await Promise.all(verdicts), ['right', 'wrong'])
    assert.equal(threads.length, 1)
  })

  test('lets sets of users take turns, so that a full one keeps no other waiting', async () => {
    const { threads, queue } = scripted()
    const slow = Array.from({ length: 40 }, (_, index) => queue.verify(`slow ${index}`, apr1, 'one'))
    const other = queue.verify('other', apr1, 'two')
    const [thread] = threads

    thread?.answer({ isRight: false })
    thread?.answer({ isRight: false })
    thread?.answer({ isRight: true })

    assert.deepEqual(thread?.asked.slice(0, 3), ['slow 0', 'slow 1', 'other'])
    assert.equal(await other, 'right')
    assert.equal(await slow[39], 'busy')
    queue.close()
  })

  test('lets a set of users in though others have filled it, in the place of one of the longest', async () => {
    const { queue } = scripted()
    const others = Array.from({ length: 16 * 33 }, (_, index) =>
      queue.verify(String(index), apr1, `set ${index % 16}`),
    )
    const newcomer = queue.verify('newcomer', apr1, 'another').then((verdict) => `newcomer ${verdict}`)

    assert.equal(await Promise.race([newcomer, ...others.slice(0, 16 * 32)]), 'busy')
    queue.close()
  })

  test('is busy for whoever comes when 32 wait', async () => {
    const { threads, queue } = scripted()
    const waiting = Array.from({ length: 33 }, (_, index) => queue.verify(String(index), apr1))

    assert.equal(await queue.verify('more', apr1), 'busy')

    for (let i = 0; i < 33; i += 1) threads[0]?.answer({ isRight: false })
    assert.ok((await Promise.all(waiting)).every((verdict) => verdict === 'wrong'))
  })

  test('a thread that ends leaves nobody waiting, and the next question starts another', async () => {
    const { threads, queue } = scripted()
    const lost = [queue.verify('a', apr1), queue.verify('b', apr1)]

    threads[0]?.die()
    assert.deepEqual(await Promise.all(lost), ['broken', 'broken'])

    const next = queue.verify('c', apr1)
    threads[1]?.answer({ isRight: true })
    assert.equal(await next, 'right')
  })

  test('closing ends the thread and leaves nobody waiting', async () => {
    const { threads, queue } = scripted()
    const lost = queue.verify('a', apr1)

    queue.close()

    assert.equal(await lost, 'broken')
    assert.equal(threads[0]?.ended, true)
  })
})
