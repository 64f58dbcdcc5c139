import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { normalisePath } from '../../../src/http/path.ts'
import type { PathRewrite } from '../../../src/model/filter-spec.ts'
import type { PathMatch } from '../../../src/model/match.ts'
import { decide, matchedPath } from '../../../src/routing/table.ts'
import { exact, prefix, regex, route, segments, tableOf, view } from '../routing/routes.ts'
import { filterOf, requestDraft } from './drafts.ts'

/** What the path becomes when the route at `match` takes it; a refusal is given as its reason. */
function rewritten(match: PathMatch, path: PathRewrite, asked: string): string {
  const decision = decide(tableOf([route({ id: 'r', path: match })]), view({ path: asked }))
  assert.equal(decision.kind, 'route')
  const matched = decision.kind === 'route' ? matchedPath(decision, asked) : ''
  const draft = requestDraft({ path: asked, matchedPath: matched, query: 'a=//b&c=%2F..' })
  const filter = filterOf({ kind: 'rewrite', path, host: undefined }, match)

  const reply = filter.onRequest?.(draft)

  assert.ok(!(reply instanceof Promise))
  assert.equal(draft.query, 'a=//b&c=%2F..', 'the query is not touched')
  assert.equal(draft.path, asked, 'the path that was routed is not touched')
  return reply === undefined ? draft.upstreamPath : reply.reason
}

describe('a prefix rewrite joins with exactly one slash', () => {
  // the rewrites that other gateways got wrong.
  const cases: readonly (readonly [PathMatch, string, string, string])[] = [
    [segments('/foo'), '/xyz', '/foo/bar', '/xyz/bar'],
    [segments('/foo'), '/xyz/', '/foo/bar', '/xyz/bar'],
    [segments('/foo/'), '/xyz', '/foo/bar', '/xyz/bar'],
    [segments('/foo/'), '/xyz/', '/foo/bar', '/xyz/bar'],
    [segments('/foo'), '/xyz', '/foo', '/xyz'],
    [segments('/foo'), '/xyz', '/foo/', '/xyz/'],
    [segments('/foo'), '/xyz/', '/foo', '/xyz/'],
    [segments('/foo'), '/xyz/', '/foo/', '/xyz/'],
    [segments('/foo'), '/', '/foo/bar', '/bar'],
    [segments('/foo'), '/', '/foo/', '/'],
    [segments('/foo'), '/', '/foo', '/'],
    [segments('/foo'), '', '/foo/bar', '/bar'],
    [segments('/foo'), '', '/foo', '/'],
    [segments('/'), '/xyz', '/foo', '/xyz/foo'],
    [segments('/'), '/xyz', '/', '/xyz/'],
    [segments('/'), '/xyz/', '/foo/', '/xyz/foo/'],
    [segments('/a/b'), '/x/y/z', '/a/b/c/d', '/x/y/z/c/d'],
    [prefix('/foo/'), '/xyz', '/foo/bar', '/xyz/bar'],
    [prefix('/foo/'), '/xyz/', '/foo/bar', '/xyz/bar'],
    [prefix('/foo'), '/xyz', '/foobar', '/xyzbar'],
    [prefix('/foo'), '/xyz/', '/foobar', '/xyz/bar'],
    [prefix('/foo'), '/xyz', '/foo/bar', '/xyz/bar'],
    [prefix('/foo'), '/', '/foobar', '/bar'],
    [exact('/foo'), '/xyz', '/foo', '/xyz'],
    [regex('/f.*'), '/xyz', '/foo/bar', '/xyz'],
    [segments('/foo'), '/xyz', '/foo/a%20b;v=1', '/xyz/a%20b;v=1'],
  ]
  for (const [match, value, asked, expected] of cases) {
    test(`${match.kind} ${match.value} → "${value}" makes ${expected} of ${asked}`, () => {
      assert.equal(rewritten(match, { kind: 'prefix', value }, asked), expected)
    })
  }
})

describe('a full rewrite', () => {
  test('replaces the whole path', () => {
    assert.equal(rewritten(segments('/'), { kind: 'full', value: '/index.html' }, '/a/b'), '/index.html')
  })
})

describe('a regex rewrite', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['^/v[0-9]+/(.*)', '/$1', '/v2/users/1', '/users/1'],
    ['/(\\w+)/(\\w+)', '/$2/$1', '/a/b', '/b/a'],
    ['o', '0', '/foo/o', '/f00/0'],
    ['^/x', '/y', '/a/x', '/a/x'],
    ['^/a/', '', '/a/b', '/b'],
    ['^/a$', '', '/a', '/'],
    ['(b)?/c', '-$1-', '/a/c', '/a--'],
    ['b', '$0$0', '/abc', '/abbc'],
    ['b', '$$', '/abc', '/a$c'],
    ['b', '$9', '/abc', '/ac'],
    ['b', "$&$'", '/abc', "/a$&$'c"],
    ['//', '/', '/a', '/a'],
    ['^', '/', '/a', '/a'],
    ['-', '/', '/a--b', '/a/b'],
    ['x', '%41', '/x', '/A'],
  ]
  for (const [pattern, replacement, asked, expected] of cases) {
    test(`${pattern} → ${replacement} makes ${expected} of ${asked}`, () => {
      assert.equal(rewritten(segments('/'), { kind: 'regex', pattern, replacement }, asked), expected)
    })
  }

  const refused: readonly (readonly [string, string, string, string])[] = [
    ['makes a dot segment', '_', '', '/files/.._/admin'],
    ['makes an encoded dot segment', '_', '%2e', '/files/%2e_/admin'],
    ['makes a dot segment with parameters', '_', ';', '/files/.._x/admin'],
    ['puts a line break in', 'x', '\r\n', '/x'],
    ['puts a NUL in', 'x', '\0', '/x'],
    ['puts an encoded NUL in', 'x', '%00', '/x'],
    ['puts a query in', 'x', '?admin=1', '/x'],
    ['puts a backslash in', 'x', '\\', '/x'],
    ['breaks an encoding', '2', '', '/a%20b'],
    ['replaces more than 64 places', 'a', 'b', `/${'a'.repeat(65)}`],
    ['makes more than 8 KiB', 'a', 'b'.repeat(200), `/${'a'.repeat(64)}`],
  ]
  for (const [name, pattern, replacement, asked] of refused) {
    test(`is refused when it ${name}`, () => {
      assert.equal(rewritten(segments('/'), { kind: 'regex', pattern, replacement }, asked), 'bad_path')
    })
  }

  test('never makes a path that is not normal or that climbs, for any path and rewrite', () => {
    const piece = fc.constantFrom('a', '.', '..', '_', '%2F', ';', '%41', '/', '%20')
    const path = fc
      .array(piece, { maxLength: 12 })
      .map((pieces) => normalisePath(`/${pieces.join('')}`, 'keep'))
    const pattern = fc.constantFrom('_', 'a', '/', '\\.', '[a_]+', '(.)(.)', '%..', '^/[^/]*')
    fc.assert(
      fc.property(path, pattern, fc.array(piece, { maxLength: 3 }), (asked, found, replacement) => {
        fc.pre(asked !== undefined)
        const result = rewritten(
          segments('/'),
          { kind: 'regex', pattern: found, replacement: replacement.join('') },
          asked,
        )

        assert.ok(result === 'bad_path' || normalisePath(result, 'keep') === result, result)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a rewrite of the host', () => {
  test('sets the host that goes upstream and leaves the path', () => {
    const draft = requestDraft({ path: '/a' })

    void filterOf({ kind: 'rewrite', path: undefined, host: 'inner.test' }, segments('/')).onRequest?.(draft)

    assert.equal(draft.upstreamHost, 'inner.test')
    assert.equal(draft.upstreamPath, '/a')
    assert.equal(draft.host, 'a.test')
  })
})

describe('two rewrites one after the other', () => {
  test('each work on what the one before made', () => {
    const draft = requestDraft({ path: '/api/x', matchedPath: '/api' })
    const first = filterOf(
      { kind: 'rewrite', path: { kind: 'prefix', value: '/v2' }, host: undefined },
      segments('/api'),
    )
    const second = filterOf(
      { kind: 'rewrite', path: { kind: 'regex', pattern: 'x', replacement: 'y' }, host: undefined },
      segments('/api'),
    )

    void first.onRequest?.(draft)
    void second.onRequest?.(draft)

    assert.equal(draft.upstreamPath, '/v2/y')
  })
})
