import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import type { Route } from '../../../src/model/route.ts'
import { explain } from '../../../src/routing/explain.ts'
import { buildTable, decide, updateTable } from '../../../src/routing/table.ts'
import { anyRoutes, anyView } from './arbitraries.ts'
import { naiveAnswer } from './naive.ts'
import { answer, route, segments, tableOf } from './routes.ts'

const views = fc.array(anyView, { minLength: 1, maxLength: 10 })

describe('the compiled table, for any routes and requests', () => {
  test('decides as a plain reading of the rules does', () => {
    fc.assert(
      fc.property(anyRoutes, views, (routes, asked) => {
        const table = tableOf(routes)
        for (const view of asked) assert.equal(answer(table, view), naiveAnswer(routes, view))
      }),
      { numRuns: 2000 },
    )
  })

  test('decides the same whatever order the routes come in', () => {
    fc.assert(
      fc.property(
        anyRoutes.chain((routes) => fc.tuple(fc.constant(routes), shuffled(routes))),
        views,
        ([routes, other], asked) => {
          const table = tableOf(routes)
          const same = tableOf(other)
          for (const view of asked) assert.equal(answer(same, view), answer(table, view))
        },
      ),
      { numRuns: 300 },
    )
  })

  for (const hosts of [1, 99, 101, 10_000]) {
    test(`decides the same with ${hosts} other hosts beside`, () => {
      const others = Array.from({ length: hosts }, (_, i) =>
        route({ id: `other${i}`, hosts: [i % 10 === 0 ? `*.h${i}.example` : `h${i}.example`] }),
      )
      const crowd = tableOf(others)
      fc.assert(
        fc.property(anyRoutes, views, (routes, asked) => {
          const alone = tableOf(routes)
          const among = updateTable(crowd, { put: routes, removed: [] }, (one) => one.id)
          for (const view of asked) assert.equal(answer(among, view), answer(alone, view))
        }),
        { numRuns: 50 },
      )
    })
  }
})

describe('a changed table, for any routes and changes', () => {
  const change = fc.tuple(anyRoutes, anyRoutes, fc.array(fc.nat(45), { maxLength: 10 }))

  test('decides as one built from the outcome, and the old one as before', () => {
    fc.assert(
      fc.property(change, views, ([before, replaced, gone], asked) => {
        const removed = gone.map((i) => `r${i}`)
        const put = replaced.filter((_, i) => i % 3 === 0)
        const old = tableOf(before)
        const answersBefore = asked.map((view) => answer(old, view))

        const changed = updateTable(old, { put, removed }, (one) => one.id)

        const after = tableOf(outcome(before, put, removed))
        assert.deepEqual(
          asked.map((view) => answer(changed, view)),
          asked.map((view) => answer(after, view)),
        )
        assert.deepEqual(
          asked.map((view) => answer(old, view)),
          answersBefore,
        )
      }),
      { numRuns: 500 },
    )
  })
})

/** An id both removed and put is put. */
function outcome(before: readonly Route[], put: readonly Route[], removed: readonly string[]): Route[] {
  const routes = new Map(before.map((one) => [one.id, one]))
  for (const id of removed) routes.delete(id)
  for (const one of put) routes.set(one.id, one)
  return [...routes.values()]
}

function shuffled<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length })
}

describe('an explanation, for any routes and requests', () => {
  test('chooses as decide does, says why every candidate before the chosen one does not match, and is JSON-able', () => {
    fc.assert(
      fc.property(anyRoutes, views, (routes, asked) => {
        const table = tableOf(routes)
        for (const view of asked) {
          const decision = decide(table, view)
          const explanation = explain(table, view)

          assert.equal(
            explanation.chosen ?? explanation.miss,
            decision.kind === 'route' ? decision.runtime : decision.reason,
          )
          const before = explanation.candidates.filter((one) => one.result === 'no match')
          assert.ok(before.every((one) => one.mismatches.length > 0))
          assert.deepEqual(
            explanation.candidates.find((one) => one.result === 'chosen')?.mismatches ?? [],
            [],
          )
          assert.equal(explanation.nearest === null, decision.kind === 'route' || routes.length === 0)
          assert.deepEqual(JSON.parse(JSON.stringify(explanation)), explanation)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('a change among many routes', () => {
  test('compiles what changed and nothing else', () => {
    const routes = Array.from({ length: 3000 }, (_, i) =>
      route({ id: `r${i}`, hosts: [`h${Math.floor(i / 3)}.test`], path: segments(`/${i % 3}`) }),
    )
    const table = buildTable(routes, (one) => one.id)
    const compiled: string[] = []

    const changed = updateTable(
      table,
      { put: [route({ id: 'r7', hosts: ['h2.test', 'new.test'] })], removed: ['r8'] },
      (one) => {
        compiled.push(one.id)
        return one.id
      },
    )

    assert.deepEqual(compiled, ['r7'])
    const untouched = table.hosts.exact.flatMap((part, i) => (part === changed.hosts.exact[i] ? [i] : []))
    assert.ok(untouched.length >= 60, `${untouched.length} of 64 parts are shared`)
  })
})
