import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { suggest } from '../../../src/cli/suggest.ts'

const commands = ['run', 'check', 'print', 'explain', 'version', 'completions', 'help']

describe('suggest', () => {
  for (const [typed, meant] of [
    ['chekc', 'check'],
    ['expl', 'explain'],
    ['Ver', 'version'],
    ['completion', 'completions'],
  ] as const) {
    test(`takes "${typed}" for "${meant}"`, () => {
      assert.equal(suggest(typed, commands), meant)
    })
  }

  for (const typed of ['deploy', '', 'c', 'x']) {
    test(`has nothing to say about "${typed}"`, () => {
      assert.equal(suggest(typed, commands), undefined)
    })
  }
})
