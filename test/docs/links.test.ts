import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { anchorsOf, type Link, linksOf, pages, reachedFrom, readPage } from '../support/pages.ts'
import { root } from '../support/source-files.ts'

describe('every link of a page leads somewhere', () => {
  for (const page of pages()) {
    test(page.path, () => {
      const broken = linksOf(page).filter((link) => !leadsSomewhere(link))

      assert.deepEqual(
        broken.map(({ target }) => target),
        [],
      )
    })
  }
})

test('every file that the capabilities name exists', () => {
  const named = [...readPage('docs/capabilities.md').text.matchAll(/`([\w./-]+)`/g)]
    .map(([, name = '']) => name)
    .filter((name) => /^(?:src|test|config|deploy|docs)\//.test(name))

  const missing = named.filter((name) => !existsSync(join(root, name)))

  assert.ok(named.length > 50)
  assert.deepEqual(missing, [])
})

test('every page of docs is reached from the index', () => {
  const reached = reachedFrom('docs/index.md')

  const lost = pages()
    .map(({ path }) => path)
    .filter((path) => path.startsWith('docs/') && !path.startsWith('docs/changes/') && !reached.has(path))

  assert.deepEqual(lost, [])
})

test('every fragment of the changelog begins with what kind of change it is', () => {
  const kinds = /^# (?:added|changed|fixed|removed|security)\n\n\S/
  const fragments = pages().filter(({ path }) => path.startsWith('docs/changes/unreleased/'))

  const odd = fragments.filter(({ text }) => !kinds.test(text))

  assert.deepEqual(
    odd.map(({ path }) => path),
    [],
  )
})

function leadsSomewhere({ file, anchor }: Link): boolean {
  if (!existsSync(join(root, file))) return false
  return anchor === '' || anchorsOf(readPage(file)).includes(anchor)
}
