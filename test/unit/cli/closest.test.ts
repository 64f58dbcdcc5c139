import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { closest } from '../../../src/cli/closest.ts'

const commands = ['run', 'check', 'print', 'explain', 'version', 'completions', 'help']

describe('closest', () => {
  for (const [typed, meant] of [
    ['chekc', 'check'],
    ['exlpain', 'explain'],
    ['expl', 'explain'],
    ['rnu', 'run'],
    ['Print', 'print'],
    ['versoin', 'version'],
    ['completion', 'completions'],
  ] as const) {
    test(`takes "${typed}" for "${meant}"`, () => {
      assert.equal(closest(typed, commands), meant)
    })
  }

  for (const typed of ['deploy', 'x', '', 'cheese']) {
    test(`finds nothing near "${typed}"`, () => {
      assert.equal(closest(typed, commands), undefined)
    })
  }
})
