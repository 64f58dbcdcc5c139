import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { objectReasons } from '../../../../src/translate/kubernetes/reasons.ts'
import { root } from '../../../support/source-files.ts'

const sources = globSync('src/translate/kubernetes/**/*.ts', { cwd: root })
  .filter((file) => !file.endsWith('/reasons.ts'))
  .map((file) => readFileSync(join(root, file), 'utf8'))

describe('the reasons of problems with objects', () => {
  for (const [reason, sentence] of Object.entries(objectReasons)) {
    test(`${reason} is given somewhere, and has a sentence`, () => {
      assert.ok(sources.some((text) => text.includes(`'${reason}'`)))
      assert.match(sentence, /^[A-Z].*\.$/)
    })
  }

  test('are in the order of the alphabet', () => {
    const reasons = Object.keys(objectReasons)

    assert.deepEqual(reasons, reasons.toSorted())
  })
})
