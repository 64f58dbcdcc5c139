import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { printProblem } from '../../../src/model/problem.ts'
import { readPaths } from '../../../src/sources/read-paths.ts'
import { testFolder } from '../../support/folder.ts'

describe('reading a folder', () => {
  test('takes yaml, yml and json by name, and nothing hidden or else', () => {
    using folder = testFolder()
    for (const name of ['b.yaml', 'a.yml', 'c.json', '.hidden.yaml', 'notes.txt', 'd.yaml~', 'deep/e.yaml'])
      folder.write(name, name)

    const { files, problems } = readPaths([folder.path])

    assert.deepEqual(
      files.map(({ text }) => text),
      ['a.yml', 'b.yaml', 'c.json'],
    )
    assert.deepEqual(problems, [])
  })

  test('takes the files of a Kubernetes volume once', () => {
    using folder = testFolder()
    folder.write('..2026_11_20/a.yaml', 'a')
    symlinkSync('..2026_11_20', join(folder.path, '..data'))
    symlinkSync('..data/a.yaml', join(folder.path, 'a.yaml'))

    assert.deepEqual(
      readPaths([folder.path]).files.map(({ text }) => text),
      ['a'],
    )
  })

  test('keeps paths as the operator wrote them', () => {
    using folder = testFolder()
    const path = folder.write('a.yaml', 'a')

    assert.deepEqual(readPaths([path, folder.path]).files, [{ path, text: 'a' }])
  })
})

describe('what cannot be read is a problem', () => {
  for (const [what, content, expected] of [
    ['nothing', '', /: the file is empty; write/],
    ['only white space', ' \n\n', /: the file is empty; write/],
    [
      'another encoding',
      Buffer.from('a: 1\nb: \xfc\n', 'latin1'),
      /: the file is not UTF-8 in line 2; save it/,
    ],
  ] as const) {
    test(`a file with ${what}`, () => {
      using folder = testFolder()
      const { files, problems } = readPaths([folder.write('a.yaml', content)])

      assert.deepEqual(files, [])
      assert.match(problems.map(printProblem).join('\n'), expected)
    })
  }

  test('a file that is not there', () => {
    const [problem] = readPaths(['/nowhere/gateway.yaml']).problems

    assert.ok(problem)
    assert.equal(
      printProblem(problem),
      '/nowhere/gateway.yaml: the file cannot be read: it does not exist; create it, or name another path',
    )
  })

  test('a folder without configuration', () => {
    using folder = testFolder()
    mkdirSync(join(folder.path, 'conf'))

    assert.match(
      readPaths([join(folder.path, 'conf')])
        .problems.map(printProblem)
        .join(),
      /holds no configuration; put a file/,
    )
  })

  test('a byte order mark is none', () => {
    using folder = testFolder()

    assert.equal(readPaths([folder.write('a.yaml', '\ufeffa: 1\n')]).files[0]?.text, 'a: 1\n')
  })
})
