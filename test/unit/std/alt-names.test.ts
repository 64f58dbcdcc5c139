import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { describe, test } from 'node:test'
import { parseAltNames } from '../../../src/std/alt-names.ts'
import { issue, makeCa } from '../../support/certificates.ts'

const ca = makeCa()

/** What Node prints for a certificate with these names. */
function printedFor(...altNames: string[]): string {
  return new X509Certificate(issue(ca, { altNames }).pem).subjectAltName ?? ''
}

describe('names of a certificate', () => {
  for (const [what, text, expected] of [
    ['nothing', '', []],
    [
      'one of each kind',
      printedFor('DNS:a.test', 'URI:spiffe://a/b', 'email:x@a.test', 'IP:127.0.0.1'),
      ['DNS:a.test', 'URI:spiffe://a/b', 'email:x@a.test', 'IP:127.0.0.1'],
    ],
    ['capitals in a DNS name', printedFor('DNS:A.Test'), ['DNS:a.test']],
    [
      'a comma that would begin another name',
      printedFor('URI:spiffe://a, DNS:evil.test'),
      ['URI:spiffe://a, DNS:evil.test'],
    ],
    ['a comma in a DNS name', printedFor('DNS:a.test, DNS:evil.test'), ['DNS:a.test, dns:evil.test']],
    ['a quote', printedFor('URI:spiffe://a", DNS:evil.test'), ['URI:spiffe://a", DNS:evil.test']],
    ['a backslash before a quote', printedFor('URI:a\\", DNS:evil.test'), ['URI:a\\", DNS:evil.test']],
    [
      'kinds that mean nothing here',
      'othername:<unsupported>, Registered ID:1.2.3',
      ['other:<unsupported>', 'other:1.2.3'],
    ],
  ] as const) {
    test(`are read as they were signed: ${what}`, () => {
      assert.deepEqual(
        parseAltNames(text)?.map(({ kind, value }) => `${kind}:${value}`),
        expected,
      )
    })
  }

  for (const [what, text] of [
    ['a NUL in a name', printedFor('DNS:a.test\0.evil.test')],
    ['no kind', 'a.test'],
    ['a quote that does not end', 'URI:"spiffe://a'],
    ['an escape that is none', 'URI:"\\x"'],
    ['something behind a quote', 'URI:"a"b'],
  ] as const) {
    test(`are not believed with ${what}`, () => {
      assert.equal(parseAltNames(text), undefined)
    })
  }
})
