import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { readSecret } from '../../../../../src/sources/kubernetes/read/secret.ts'
import { secretJson } from '../../../../support/kubernetes/api-objects.ts'

const apr1 = '$apr1$JGId5.zW$KDBPjjzwwFUGMll1Ofc521'

function secretOf(data: Readonly<Record<string, string>>) {
  const encoded = Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  )
  const read = readSecret({ ...secretJson('users', ''), type: 'Opaque', data: encoded })
  assert.equal(read.kind, 'read')
  return read.kind === 'read' ? read.object : undefined
}

describe('users in a Secret', () => {
  test('are kept from the key "auth", in UTF-8, and cannot be printed', () => {
    const secret = secretOf({ auth: `bjørn:${apr1}\n` })

    assert.equal(secret?.users?.reveal(), `bjørn:${apr1}\n`)
    assert.doesNotMatch(inspect(secret) + JSON.stringify(secret), /apr1/)
  })

  test('are kept of all keys when one has a hash, without the values that are none', () => {
    const secret = secretOf({
      alice: `${apr1}\n`,
      bob: 'hunter2',
      carol: '{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=',
    })

    assert.equal(secret?.userMap?.reveal(), `alice:${apr1}\nbob:\ncarol:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=`)
  })

  for (const [what, data] of [
    ['other values', { password: 'hunter2', token: 'abc' }],
    ['long values', { password: `$6$${'x'.repeat(600)}` }],
    ['nothing', {}],
  ] as const) {
    test(`a Secret with ${what} is dropped`, () => {
      assert.equal(secretOf(data), undefined)
    })
  }
})
