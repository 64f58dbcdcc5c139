import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Answered } from '../../../../src/filters/subrequest.ts'
import { VerdictMemory } from '../../../../src/filters/verdicts/verdict-memory.ts'
import { VerdictStore } from '../../../../src/filters/verdicts/verdict-store.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

function answer(status: number, fields = ''): Answered {
  return { kind: 'answered', status, fields, body: undefined, trailers: '' }
}

describe('remembered verdicts', () => {
  test('hold for their time', () => {
    const clock = new FakeClock()
    const memory = new VerdictMemory(clock, Buffer.alloc(32))
    memory.put('a', answer(200), 10)

    clock.advance(9)
    assert.equal(memory.get('a')?.status, 200)
    clock.advance(1)
    assert.equal(memory.get('a'), undefined)
  })

  test('of two filters have nothing to do with each other', () => {
    const memory = new VerdictMemory(new FakeClock(), Buffer.alloc(32))
    const [first, second] = [memory.digests(), memory.digests()]

    assert.notEqual(first('key'), second('key'))
    assert.equal(first('key'), first('key'))
  })

  test('are known by digests that nobody can work out from the key alone', () => {
    const digests = [1, 2].map((byte) =>
      new VerdictMemory(new FakeClock(), Buffer.alloc(32, byte)).digests()('secret'),
    )

    assert.notEqual(digests[0], digests[1])
    assert.doesNotMatch(digests.join(), /secret/)
  })

  test('that let pass are not pushed out by any number of denials', () => {
    const memory = new VerdictMemory(new FakeClock(), Buffer.alloc(32))
    memory.put('good', answer(200), 10)
    for (let i = 0; i < 30_000; i++) memory.put(`bad ${i}`, answer(401), 10)

    assert.equal(memory.get('good')?.status, 200)
    assert.equal(memory.get('bad 0'), undefined)
    assert.equal(memory.get('bad 29999')?.status, 401)
  })
})

describe('the store of verdicts', () => {
  test('drops the longest unused first', () => {
    const store = new VerdictStore({ entries: 2, bytes: 1_000_000 })
    store.put('a', answer(200), 10)
    store.put('b', answer(200), 10)
    store.get('a', 0)
    store.put('c', answer(200), 10)

    assert.deepEqual(
      ['a', 'b', 'c'].map((digest) => store.get(digest, 0)?.status),
      [200, undefined, 200],
    )
  })

  test('stays within its bytes, and takes nothing that is too large for it', () => {
    const store = new VerdictStore({ entries: 1000, bytes: 32_000 })
    for (let i = 0; i < 100; i++) store.put(`${i}`, answer(200, 'x'.repeat(1_600)), 10)
    store.put('large', answer(200, 'x'.repeat(2_000)), 10)

    assert.equal(store.size, 16)
    assert.equal(store.get('large', 0), undefined)
  })

  test('replaces what it knows under the same digest, and keeps its count', () => {
    const store = new VerdictStore({ entries: 3, bytes: 32_000 })
    for (let i = 0; i < 100; i++) store.put('a', answer(200 + (i % 2), 'x'.repeat(1_000)), 10)

    assert.deepEqual([store.size, store.get('a', 0)?.status], [1, 201])
  })
})
