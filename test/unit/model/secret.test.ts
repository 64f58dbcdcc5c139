import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { resolveSecret, Secret } from '../../../src/model/secret.ts'

describe('a secret', () => {
  const secret = new Secret('hunter2')
  for (const [how, shown] of [
    ['String', String(secret)],
    ['a list of words', ['as', secret].join(' ').slice(3)],
    ['JSON', JSON.parse(JSON.stringify({ secret })).secret],
    ['inspect', inspect(secret)],
    ['inspect inside of an object', inspect({ secret }).replace(/^.*: | }$/g, '')],
  ] as const) {
    test(`says [secret] to ${how}`, () => {
      assert.equal(shown, '[secret]')
    })
  }

  test('gives its value to whoever asks for it by name', () => {
    assert.equal(secret.reveal(), 'hunter2')
  })
})

describe('resolving a secret', () => {
  const sources = {
    env: { TOKEN: 'abc' },
    readSecret: (path: string) => (path === '/t' ? 'def\n' : undefined),
  }
  for (const [reference, value] of [
    [{ kind: 'env', name: 'TOKEN' }, 'abc'],
    [{ kind: 'env', name: 'NOTHING' }, undefined],
    [{ kind: 'file', path: '/t' }, 'def'],
    [{ kind: 'file', path: '/nothing' }, undefined],
  ] as const) {
    test(`${JSON.stringify(reference)} gives ${value}`, () => {
      assert.equal(resolveSecret(reference, sources)?.reveal(), value)
    })
  }
})
