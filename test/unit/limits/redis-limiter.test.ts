import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Limit, StoreEvent, Verdict } from '../../../src/limits/limiter.ts'
import { LocalLimiter } from '../../../src/limits/local-limiter.ts'
import { RedisLimiter } from '../../../src/limits/redis-limiter.ts'
import { SingleStore } from '../../../src/limits/single-store.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FakeStoreLink } from '../../support/fake-store-link.ts'

const api: Limit = {
  id: 'api',
  kind: 'rate',
  rate: 10,
  per: 1000,
  burst: 4,
  overdraft: 0,
  onStoreError: 'open',
}
const broken = { kind: 'other', cause: 'ERR it is broken' } as const

function stage(limit = api) {
  const clock = new FakeClock()
  const link = new FakeStoreLink()
  const events: StoreEvent[] = []
  const limiter = new RedisLimiter({
    clock,
    store: (deps) => new SingleStore({ name: 'redis:6379', link, prefix: 'tidegate:' }, deps),
    local: new LocalLimiter(clock, { subjects: 100, shares: 1 }),
    prefix: 'tidegate:',
    deadline: 30,
    subjects: 100,
    denials: 10_000,
    onEvent: (event) => events.push(event),
  })
  const started = limiter.start()
  const take = (subject = 'ann'): Verdict | Promise<Verdict> => limiter.take([{ limit, subject, cost: 1 }])
  return { clock, link, limiter, events, take, started }
}

/** With a store that has answered its first probe. */
async function upStage(limit = api) {
  const made = stage(limit)
  made.link.connect()
  made.link.admit()
  await made.started
  return made
}

/** Asks, and has the store fail. */
async function failOnce({ take, link }: ReturnType<typeof stage>): Promise<Verdict> {
  const verdict = take()
  await turn()
  link.fail(broken)
  return verdict
}

function told(events: readonly StoreEvent[]): string[] {
  return events.map(({ from, to, cause }) => `${from} > ${to}: ${cause}`)
}

describe('a limiter with a store', () => {
  test('asks once for all questions of one turn', async () => {
    const { take, link } = await upStage()

    const verdicts = ['ann', 'bob', 'cid'].map(async (subject) => take(subject))
    await turn()

    assert.equal(link.asked.length, 1)
    assert.equal(link.asked[0]?.keys.length, 3)
    link.admit()
    assert.deepEqual(
      (await Promise.all(verdicts)).map(({ by, remaining }) => `${by} ${remaining[0]}`),
      ['store 4', 'store 4', 'store 4'],
    )
  })

  test('asks in more than one call when there are very many', async () => {
    const { take, link } = await upStage()

    for (let i = 0; i < 300; i++) void take(`s${i}`)
    await turn()

    assert.deepEqual(
      link.asked.map(({ keys }) => keys.length),
      [128, 128, 44],
    )
  })

  test('has one slot of a Cluster for all limits of a subject', async () => {
    const { limiter, link } = await upStage()

    void limiter.take([
      { limit: api, subject: 'ann', cost: 1 },
      { limit: { ...api, id: 'other' }, subject: 'ann', cost: 1 },
    ])
    await turn()

    const keys = link.asked[0]?.keys ?? []
    assert.equal(new Set(keys).size, 2)
    assert.equal(new Set(keys.map((key) => /\{(.+)\}/.exec(key)?.[1])).size, 1)
  })

  test('decides without it after the deadline, and takes no answer that comes later', async () => {
    const { clock, take, link, limiter } = await upStage()
    const verdict = take()
    await turn()
    const late = link.asked[0]?.to

    clock.advance(60)
    late?.onReply([0, 0, 100_000, 0])

    assert.equal((await verdict).by, 'nobody')
    assert.equal(limiter.counters.storeErrors.timeout, 1)
    assert.equal(limiter.counters.decisions.store, 0)
  })

  test('reads the answer that is there after this process stood still', async () => {
    const { clock, take, link } = await upStage()
    const verdict = take()
    await turn()

    clock.stall(10_000)
    clock.advance(0)
    link.admit()

    assert.equal((await verdict).by, 'store')
  })

  test('asks no more after five failures in a row, tells it once, and tries once a second', async () => {
    const made = await upStage()
    for (let i = 0; i < 5; i++) await failOnce(made)
    const { link, clock, take, events } = made
    const { questions } = link

    const verdicts = Array.from({ length: 100 }, () => take())
    clock.advance(3000)

    assert.equal(
      verdicts.every((verdict) => !(verdict instanceof Promise) && verdict.by === 'nobody'),
      true,
    )
    assert.equal(link.questions - questions <= 3, true)
    assert.deepEqual(told(events), ['starting > up: it answers', 'up > down: ERR it is broken'])
  })

  test('goes on asking when failures do not come in a row', async () => {
    const made = await upStage()
    for (let i = 0; i < 4; i++) await failOnce(made)
    const verdict = made.take()
    await turn()
    made.link.admit()
    await verdict

    for (let i = 0; i < 4; i++) await failOnce(made)

    assert.equal(made.limiter.counters.store, 'up')
  })

  test('asks again once a probe was answered', async () => {
    const made = await upStage()
    for (let i = 0; i < 5; i++) await failOnce(made)

    made.clock.advance(1000)
    made.link.admit()

    assert.equal(made.limiter.counters.store, 'up')
    assert.equal(made.take() instanceof Promise, true)
    assert.equal(made.limiter.counters.transitions, 3)
  })

  test('gives up at once what waits when the connection breaks', async () => {
    const { take, link, events } = await upStage()
    const verdicts = ['ann', 'bob'].map(async (subject) => take(subject))
    await turn()
    const unsent = take('cid')

    link.lose({ kind: 'connection', cause: 'read ECONNRESET' })

    assert.deepEqual(
      (await Promise.all([...verdicts, unsent])).map(({ by }) => by),
      ['nobody', 'nobody', 'nobody'],
    )
    assert.equal(told(events).at(-1), 'up > down: read ECONNRESET')
  })

  test('takes a new connection when probes get no answer', async () => {
    const made = await upStage()
    for (let i = 0; i < 5; i++) await failOnce(made)

    made.clock.advance(2000)

    assert.equal(made.link.reconnects, 1)
  })

  test('takes a new connection when one does not become ready', async () => {
    const { link, clock, events, started } = stage()

    clock.advance(7000)
    await started

    assert.equal(link.reconnects, 1)
    assert.deepEqual(told(events), ['starting > down: it does not answer'])
  })

  test('does without the store until it has answered for the first time', () => {
    const { take, link } = stage()

    const verdict = take()

    assert.equal(!(verdict instanceof Promise) && verdict.by, 'nobody')
    assert.equal(link.questions, 0)
  })

  test('lets a closed limit decide over open and local ones, and takes from none', async () => {
    const { limiter } = stage()
    const local: Limit = { ...api, id: 'local', onStoreError: 'local' }
    const closed: Limit = { ...api, id: 'closed', onStoreError: 'closed' }
    const asks = [api, local, closed].map((limit) => ({ limit, subject: 'ann', cost: 1 }))

    const all = await limiter.take(asks)
    const two = await limiter.take(asks.slice(0, 2))

    assert.deepEqual([all.kind, all.deniedBy, all.retryAfterMs], ['unavailable', 2, 1000])
    assert.deepEqual([two.kind, two.by, two.remaining, two.resetMs], ['admitted', 'local', [-1, 4], [0, 100]])
  })

  test('names the local limit that denies at its place among all', async () => {
    const { limiter } = stage()
    const narrow: Limit = { ...api, id: 'narrow', burst: 0, onStoreError: 'local' }
    const asks = [api, narrow].map((limit) => ({ limit, subject: 'ann', cost: 1 }))
    await limiter.take(asks)

    const verdict = await limiter.take(asks)

    assert.deepEqual([verdict.kind, verdict.deniedBy, verdict.remaining], ['denied', 1, [-1, 0]])
  })

  test('leaves no timer behind when it is closed', async () => {
    const made = await upStage()
    for (let i = 0; i < 5; i++) await failOnce(made)
    void made.take()

    await made.limiter.close()
    await made.clock.advanceAsync(100)

    assert.equal(made.clock.waiting, 0)
    assert.equal(made.link.isClosed, true)
  })
})

describe('denials that are known', () => {
  test('stay within their number, for many subjects', async () => {
    const { limiter, link } = await upStage()
    for (let i = 0; i < 100_000; i++) void limiter.take([{ limit: api, subject: `s${i}`, cost: 1 }])
    await turn()
    for (const { keys, to } of link.asked.splice(0)) to.onReply(keys.flatMap(() => [1, 50_000, 450_000, 0]))

    assert.equal(limiter.counters.subjects, 100)
  })

  test('end when the request would pass', async () => {
    const { limiter, link, clock, take } = await upStage()
    const denied = take()
    await turn()
    link.asked.shift()?.to.onReply([1, 50_000, 450_000, 0])
    await denied

    clock.advance(49)
    const before = await take()
    clock.advance(1)

    assert.deepEqual([before.kind, before.by, Math.round(before.retryAfterMs)], ['denied', 'store', 1])
    assert.equal(take() instanceof Promise, true)
    assert.equal(limiter.counters.decisions.denyCache, 1)
  })
})
