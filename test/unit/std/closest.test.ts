import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { closest } from '../../../src/std/closest.ts'

describe('closest', () => {
  for (const [word, candidates, expected] of [
    ['hots', ['hosts', 'path', 'to'], 'hosts'],
    ['hsots', ['hosts', 'path', 'to'], 'hosts'],
    ['Hosts', ['hosts'], 'hosts'],
    ['paht', ['path', 'paths'], 'path'],
    ['ap', ['api', 'web'], 'api'],
    ['web-v9', ['web-v1', 'web-v2'], 'web-v1'],
    ['colour', ['name', 'address', 'limits'], undefined],
    ['to', ['on', 'tls'], undefined],
    ['x'.repeat(1_000_000), ['xxx'], undefined],
    ['', ['a'], undefined],
  ] as const) {
    test(`of ${word.slice(0, 20)} among ${candidates.join(', ')} is ${expected}`, () => {
      assert.equal(closest(word, candidates), expected)
    })
  }
})
