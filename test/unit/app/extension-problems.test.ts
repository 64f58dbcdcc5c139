import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { extensionProblems } from '../../../src/app/extension-problems.ts'
import type { BrokenExtension } from '../../../src/extend/broken-extension.ts'

const broken: BrokenExtension = {
  label: './a.ts',
  file: '/etc/a.ts',
  failure: { message: 'Error: no table', place: '/etc/lib/b.ts:3' },
  since: 60_000,
  routes: [{ id: 'shop', isServed: true }],
}

describe('problems of extensions', () => {
  test('stand where the failure is, with its reason, its routes and since when', () => {
    assert.deepEqual(extensionProblems([broken]), [
      {
        severity: 'error',
        origin: { source: 'file', file: '/etc/lib/b.ts', line: 3, column: 1, field: '' },
        message: 'extension "./a.ts" cannot start since 1970-01-01T00:01:00.000Z: Error: no table',
        remedy: 'mend it; the last good one goes on serving route "shop"',
      },
    ])
  })

  test('stand at the module when nobody knows the place', () => {
    const failure = { message: 'was not ready after 60 s', place: '' }

    const [problem] = extensionProblems([{ ...broken, failure }])

    assert.deepEqual(problem?.origin, { source: 'file', file: '/etc/a.ts', line: 0, column: 0, field: '' })
  })

  test('stand once for all processes, since the first of them, with the routes of all', () => {
    const other = { ...broken, since: 30_000, routes: [{ id: 'api', isServed: false }] }

    const [problem, ...more] = extensionProblems([broken, other, broken])

    assert.equal(more.length, 0)
    assert.match(problem?.message ?? '', /since 1970-01-01T00:00:30\.000Z/)
    assert.equal(
      problem?.remedy,
      'mend it; route "api" answers 503 until then; the last good one goes on serving route "shop"',
    )
  })

  test('call a route closed that one process does not serve', () => {
    const restarted = { ...broken, routes: [{ id: 'shop', isServed: false }] }

    const [problem] = extensionProblems([broken, restarted])

    assert.equal(problem?.remedy, 'mend it; route "shop" answers 503 until then')
  })

  test('are as many as there are reasons', () => {
    const other = { ...broken, failure: { message: 'Error: no chair', place: '' } }

    assert.equal(extensionProblems([broken, other]).length, 2)
  })

  test('are told apart by their files when those are written alike', () => {
    const failure = { message: 'was not ready after 60 s', place: '' }
    const other = { ...broken, file: '/etc/more/a.ts', failure }

    const files = extensionProblems([{ ...broken, failure }, other]).map(({ origin }) => origin.file)

    assert.deepEqual(files, ['/etc/a.ts', '/etc/more/a.ts'])
  })

  test('name five routes, and how many more there are', () => {
    const routes = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => ({ id, isServed: false }))

    const [problem] = extensionProblems([{ ...broken, routes }])

    assert.equal(
      problem?.remedy,
      'mend it; each of the routes "a", "b", "c", "d", "e" and 2 more answers 503 until then',
    )
  })
})
