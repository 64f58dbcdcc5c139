import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hasAllowedName } from '../../../src/tls/client-names.ts'
import { distinguishedName } from '../../../src/tls/distinguished-name.ts'
import { issue, makeCa, read } from '../../support/certificates.ts'

const ca = makeCa()

describe('hasAllowedName', () => {
  const names = [
    { kind: 'DNS', value: 'Joe.Test' },
    { kind: 'URI', value: 'spiffe://trust/ns/shop/sa/joe' },
    { kind: 'email', value: 'joe@a.test' },
  ]
  for (const [rule, allowed] of [
    ['DNS:joe.test', true],
    ['DNS:*.test', false],
    ['DNS:oe.test', false],
    ['DNS:', false],
    ['URI:spiffe://trust/ns/shop/sa/joe', true],
    ['URI:spiffe://trust/ns/shop/*', true],
    ['URI:spiffe://trust/ns/sho', false],
    ['URI:spiffe://other/*', false],
    ['URI:joe.test', false],
    ['email:joe@a.test', true],
    ['email:JOE@a.test', false],
    ['IP Address:10.0.0.1', false],
  ] as const) {
    test(`${allowed ? 'takes' : 'refuses'} ${rule}`, () => {
      assert.equal(hasAllowedName(names, [rule]), allowed)
    })
  }

  test('takes every certificate without rules, and any that satisfies one of several', () => {
    assert.equal(hasAllowedName([], []), true)
    assert.equal(hasAllowedName(names, ['DNS:x', 'DNS:joe.test']), true)
    assert.equal(hasAllowedName([], ['DNS:joe.test']), false)
  })
})

describe('distinguishedName writes RFC 2253', () => {
  for (const [say, subject, written] of [
    [
      'in reverse order',
      [
        ['2.5.4.6', 'DE'],
        ['2.5.4.10', 'Shop'],
      ],
      'CN=x,O=Shop,C=DE',
    ],
    ['with separators escaped', [['2.5.4.10', 'Shop, Inc+"Co"']], 'CN=x,O=Shop\\, Inc\\+\\"Co\\"'],
    ['with line ends escaped', [['2.5.4.10', 'a\nCN=root']], 'CN=x,O=a\\0ACN=root'],
    ['with other characters as bytes of UTF-8', [['2.5.4.10', 'Zoë']], 'CN=x,O=Zo\\C3\\AB'],
  ] as const) {
    test(say, () => {
      assert.equal(distinguishedName(read(issue(ca, { name: 'x', subject })).subject), written)
    })
  }

  test('nothing for an empty name', () => {
    assert.equal(distinguishedName(undefined), '')
  })
})
