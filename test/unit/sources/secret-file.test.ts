import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readSecretFile } from '../../../src/sources/secret-file.ts'
import { testFolder } from '../../support/folder.ts'

describe('a secret in a file', () => {
  test('is its text', () => {
    using folder = testFolder()

    assert.equal(readSecretFile(folder.write('token', 'abc\n')), 'abc\n')
  })

  for (const [what, path] of [
    ['nothing', '/nowhere/token'],
    ['a folder', '/'],
    ['a device', '/dev/zero'],
  ] as const) {
    test(`is not there in ${what}`, () => {
      assert.equal(readSecretFile(path), undefined)
    })
  }

  test('is not there in a file that is too large to be one', () => {
    using folder = testFolder()

    assert.equal(readSecretFile(folder.write('token', 'x'.repeat(65_537))), undefined)
  })
})
