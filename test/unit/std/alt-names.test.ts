import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseAltNames } from '../../../src/std/alt-names.ts'
import { issue, makeCa, read } from '../../support/certificates.ts'

const ca = makeCa()

/** What Node makes of a certificate with these names. */
function textOf(...altNames: readonly string[]): string | undefined {
  return read(issue(ca, { altNames })).subjectAltName
}

describe('names of a certificate', () => {
  for (const names of [
    [],
    ['DNS:a.test'],
    ['DNS:A.Test'],
    ['DNS:a.test', 'URI:spiffe://a/b', 'email:x@a.test'],
    ['URI:http://a/,DNS:evil.test', 'DNS:b.test'],
    ['URI:http://a/, DNS:evil.test'],
    ['DNS:a.test, DNS:evil.test'],
    ['URI:http://a/"b\\c'],
    ['DNS:a", DNS:b'],
    ['URI:a\\", DNS:evil.test'],
  ]) {
    test(`are read as they were signed: ${JSON.stringify(names)}`, () => {
      const parsed = parseAltNames(textOf(...names))

      assert.deepEqual(
        parsed?.map(({ kind, value }) => `${kind}:${value}`),
        names,
      )
    })
  }

  test('may be addresses, and kinds that mean nothing here', () => {
    assert.deepEqual(parseAltNames(textOf('IP:10.0.0.1')), [{ kind: 'IP Address', value: '10.0.0.1' }])
    assert.deepEqual(parseAltNames('othername:<unsupported>, Registered ID:1.2.3'), [
      { kind: 'othername', value: '<unsupported>' },
      { kind: 'Registered ID', value: '1.2.3' },
    ])
  })

  test('L06 with a NUL are not believed', () => {
    assert.equal(parseAltNames(textOf('DNS:a.test\0.evil.test')), undefined)
  })

  for (const text of [
    'DNS',
    'a.test',
    'DNS:a, ',
    'DNS:"a',
    'DNS:"a"b',
    'DNS:"a" DNS:b',
    'DNS:"\\q"',
    'DNS:"a\\u0000"',
  ]) {
    test(`are not believed in text of another form: ${text}`, () => {
      assert.equal(parseAltNames(text), undefined)
    })
  }
})
