import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { generatedFiles } from '../../../src/cli/generated-files.ts'

const root = join(import.meta.dirname, '../../..')

describe('generated files', () => {
  for (const [path, render] of generatedFiles) {
    test(`${path} is up to date; if not, run "npm run generate"`, () => {
      assert.equal(readFileSync(join(root, path), 'utf8'), render())
    })
  }
})
