import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Ask, Limit, Verdict } from '../../../src/limits/limiter.ts'
import { LocalLimiter } from '../../../src/limits/local-limiter.ts'
import { partsOf, type QuestionPart } from '../../../src/limits/question-parts.ts'
import { SplitQuestion } from '../../../src/limits/split-question.ts'
import type { Asker } from '../../../src/limits/store-call.ts'
import { withoutStore } from '../../../src/limits/without-store.ts'
import { FakeClock } from '../../support/fake-clock.ts'

function limitOf(id: string, onStoreError: Limit['onStoreError']): Limit {
  return { id, kind: 'rate', rate: 1, per: 1000, burst: 4, overdraft: 0, onStoreError }
}

const asks: readonly Ask[] = [
  { limit: limitOf('a', 'open'), subject: 'ann', cost: 1 },
  { limit: limitOf('b', 'closed'), subject: 'bob', cost: 1 },
  { limit: limitOf('c', 'local'), subject: 'ann', cost: 1 },
]

/** What a script replies: who denies from 1 on, the wait, and for each share its debt and what is used. */
const admits = [0, 0, 1_000_000, 0, 1_000_000, 0]
function denies(waitUs: number): number[] {
  return [1, waitUs, 5_000_000, 0, 5_000_000, 0]
}

/** A question over two slots: in one stand the first and the third ask, in the other the second. */
function stage({ down = [] }: { down?: readonly number[] } = {}) {
  const shares = { keys: ['{1}a', '{2}b', '{1}c'], amounts: ['1', '1', '2', '2', '3', '3'] }
  const slotOf = (key: string): number => Number(key[1])
  const askers = new Map<number, Asker>()
  const refunds: number[] = []
  const given: (readonly string[])[] = []
  const verdicts: Verdict[] = []
  const counts = new LocalLimiter(new FakeClock(), { subjects: 10, shares: 1 })
  const parts = partsOf(asks, shares, slotOf)
  new SplitQuestion(asks, parts, {
    isUp: ({ slot }) => !down.includes(slot),
    ask: ({ slot }, asker) => askers.set(slot, asker),
    judge,
    decideAlone: (alone) => withoutStore(alone, counts),
    refund: ({ keys, amounts }) => refunds.push(slotOf(keys[0] ?? '')) && given.push(amounts),
    resolve: (verdict) => verdicts.push(verdict),
  }).start()
  return { askers, refunds, given, verdicts, parts }
}

function judge({ asks: of }: QuestionPart, reply: readonly number[]): Verdict {
  const isDenied = reply[0] !== 0
  return {
    kind: isDenied ? 'denied' : 'admitted',
    remaining: of.map(() => 3),
    resetMs: of.map(() => 1000),
    retryAfterMs: (reply[1] ?? 0) / 1000,
    deniedBy: isDenied ? 0 : -1,
    by: 'store',
  }
}

function short({ kind, by, deniedBy, remaining }: Verdict): readonly unknown[] {
  return [kind, by, deniedBy, remaining]
}

describe('a question over several slots', () => {
  test('has its shares put together by slot, with what is said of them', () => {
    const { parts } = stage()

    assert.deepEqual(
      parts.map(({ slot, places, shares }) => [slot, places, shares.keys, shares.amounts]),
      [
        [1, [0, 2], ['{1}a', '{1}c'], ['1', '1', '3', '3']],
        [2, [1], ['{2}b'], ['2', '2']],
      ],
    )
  })

  test('is admitted when all parts are, each number at its place', () => {
    const { askers, verdicts, refunds } = stage()

    askers.get(1)?.onReply(admits, 0)
    assert.equal(verdicts.length, 0)
    askers.get(2)?.onReply(admits, 0)

    assert.deepEqual(verdicts.map(short), [['admitted', 'store', -1, [3, 3, 3]]])
    assert.deepEqual(refunds, [])
  })

  test('is denied when one is, and the other gives back', () => {
    const { askers, verdicts, refunds } = stage()

    askers.get(1)?.onReply(admits, 0)
    askers.get(2)?.onReply(denies(1000), 0)

    assert.deepEqual(verdicts.map(short), [['denied', 'store', 1, [-1, 3, -1]]])
    assert.deepEqual(refunds, [1])
  })

  test('gives back by what was replied when it was taken', () => {
    const { askers, given } = stage()

    askers.get(2)?.onReply(denies(1000), 0)
    askers.get(1)?.onReply([0, 9, 0, 123_456, 1_000_000, 0, 2_000_000, 7], 2)

    assert.deepEqual(given, [['1', '1 123456 1000000 0', '3', '3 123456 2000000 7']])
  })

  test('tells the longest wait of several denials', () => {
    const { askers, verdicts, refunds } = stage()

    askers.get(1)?.onReply(denies(9000), 0)
    askers.get(2)?.onReply(denies(1000), 0)

    assert.deepEqual([verdicts[0]?.deniedBy, verdicts[0]?.retryAfterMs], [0, 9])
    assert.deepEqual(refunds, [])
  })

  test('is denied by what was answered, whatever the others would do without an answer', () => {
    const { askers, verdicts } = stage()

    askers.get(1)?.onReply(denies(1000), 0)
    askers.get(2)?.onFailure()

    assert.deepEqual(verdicts.map(short), [['denied', 'store', 0, [3, -1, 3]]])
  })

  test('is refused by a closed limit without an answer, and the other part gives back', () => {
    const { askers, verdicts, refunds } = stage()

    askers.get(2)?.onFailure()
    askers.get(1)?.onReply(admits, 0)

    assert.deepEqual(verdicts.map(short), [['unavailable', 'nobody', 1, [-1, -1, -1]]])
    assert.deepEqual(refunds, [1])
  })

  test('is decided by local limits without an answer, and keeps what was counted', () => {
    const { askers, verdicts, refunds } = stage()

    askers.get(1)?.onFailure()
    askers.get(2)?.onReply(admits, 0)

    assert.deepEqual(verdicts.map(short), [['admitted', 'local', -1, [-1, 3, 4]]])
    assert.deepEqual(refunds, [])
  })

  test('is not asked at all when a closed limit is on a node that is away', () => {
    const { askers, verdicts, refunds } = stage({ down: [2] })

    assert.equal(askers.size, 0)
    assert.deepEqual(verdicts.map(short), [['unavailable', 'nobody', 1, [-1, -1, -1]]])
    assert.deepEqual(refunds, [])
  })

  test('asks the others when the limits on a node that is away do not refuse', () => {
    const { askers, verdicts } = stage({ down: [1] })

    askers.get(2)?.onReply(denies(1000), 0)

    assert.deepEqual([...askers.keys()], [2])
    assert.deepEqual(verdicts.map(short), [['denied', 'store', 1, [-1, 3, -1]]])
  })

  test('has given back what is admitted too late, before it is settled and after', () => {
    const before = stage()
    before.askers.get(1)?.onFailure()
    before.askers.get(1)?.onLateReply?.(admits, 0)
    before.askers.get(2)?.onReply(denies(1000), 0)
    const after = stage()
    after.askers.get(2)?.onFailure()
    after.askers.get(1)?.onReply(denies(1000), 0)
    after.askers.get(2)?.onLateReply?.(admits, 0)

    assert.deepEqual([before.refunds, after.refunds], [[1], [2]])
  })

  test('keeps what is admitted too late when the request was admitted, and gives back nothing that was denied', () => {
    const admitted = stage()
    admitted.askers.get(1)?.onFailure()
    admitted.askers.get(2)?.onReply(admits, 0)
    admitted.askers.get(1)?.onLateReply?.(admits, 0)
    const denied = stage()
    denied.askers.get(2)?.onFailure()
    denied.askers.get(1)?.onReply(denies(1000), 0)
    denied.askers.get(2)?.onLateReply?.(denies(1000), 0)

    assert.deepEqual([admitted.refunds, denied.refunds], [[], []])
  })
})
