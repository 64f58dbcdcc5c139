import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { Match } from '../../../src/model/match.ts'
import {
  buildTable,
  choose,
  decide,
  explain,
  matchedPath,
  parseNameTree,
  printNameTree,
  simplify,
} from '../../../src/routing/core.ts'
import { route, segments, view } from './routes.ts'

// The files are for other implementations too: docs/reference/routing-core.md says what they mean.

interface RoutingVectors {
  readonly about: string
  readonly routes: readonly { id: string; rank?: number; hosts: readonly string[]; match?: Partial<Match> }[]
  readonly requests: readonly {
    request: {
      host?: string
      path?: string
      method?: string
      query?: string
      client?: string
      listener?: string
      headers?: Record<string, string>
    }
    expect: { route: string; matchedPath: string } | { miss: string }
  }[]
}

interface NameVectors {
  readonly about: string
  readonly trees: readonly {
    tree: string
    simplified: string
    choices: readonly { roll: number; dead: readonly string[]; choice: string }[]
  }[]
}

for (const file of globSync('test/vectors/routing/*.json').sort()) {
  const { about, routes, requests } = JSON.parse(readFileSync(file, 'utf8')) as RoutingVectors

  describe(`${file}: ${about}`, () => {
    const table = buildTable(
      routes.map(({ match, ...rest }) => route({ path: segments('/'), ...match, ...rest })),
      (one) => one.id,
    )
    for (const { request, expect } of requests) {
      test(`${JSON.stringify(request)} gives ${JSON.stringify(expect)}`, () => {
        const { client = '203.0.113.7', ...rest } = request
        const asked = view({ ...rest, clientAddress: client })

        const decision = decide(table, asked)

        const answer =
          decision.kind === 'miss'
            ? { miss: decision.reason }
            : { route: decision.runtime, matchedPath: matchedPath(decision, asked.path) }
        assert.deepEqual(answer, expect)
        const { chosen, miss } = explain(table, asked)
        assert.equal(chosen ?? miss, 'route' in expect ? expect.route : expect.miss)
      })
    }
  })
}

for (const file of globSync('test/vectors/names/*.json').sort()) {
  const { about, trees } = JSON.parse(readFileSync(file, 'utf8')) as NameVectors

  describe(`${file}: ${about}`, () => {
    for (const { tree: text, simplified, choices } of trees) {
      const parsed = parseNameTree(text, (name) => name)
      assert.equal(parsed.kind, 'parsed')
      const { tree } = parsed
      test(`${text} is simplified to ${simplified}`, () => {
        assert.equal(printNameTree(simplify(tree)), simplified)
      })
      for (const { roll, dead, choice } of choices) {
        test(`${text} with ${dead.join(', ') || 'nothing'} dead and a roll of ${roll} gives ${choice}`, () => {
          const chosen = choose(
            tree,
            () => roll,
            (name) => !dead.includes(name),
          )

          assert.equal(printNameTree(chosen), choice)
        })
      }
    }
  })
}
