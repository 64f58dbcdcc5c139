import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { commonNameOf } from '../../../src/tls/common-name.ts'

describe('the common name of a subject', () => {
  for (const [subject, expected] of [
    [undefined, undefined],
    ['', undefined],
    ['O=Shop', undefined],
    ['CN=joe', 'joe'],
    ['C=US\nO=Shop\nCN=joe', 'joe'],
    ['CN=Shop\\, Inc\\+', 'Shop, Inc+'],
    ['CN=Jos\\C3\\A9', 'José'],
    ['CN=José', 'José'],
    ['CN=joe\nCN=admin', undefined],
    ['CN=joe + UID=1', undefined],
    ['UID=1 + CN=joe', undefined],
    ['UID=1+CN=joe\nCN=admin', undefined],
    ['O=x\\+CN=joe', undefined],
    ['CN=joe\\00', undefined],
    ['O=CN=joe', undefined],
  ] as const) {
    test(`of ${JSON.stringify(subject)} is ${JSON.stringify(expected)}`, () =>
      assert.equal(commonNameOf(subject), expected))
  }
})
