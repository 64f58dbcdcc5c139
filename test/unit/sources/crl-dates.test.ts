import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { nextUpdateOf } from '../../../src/sources/crl-dates.ts'
import { MaterialFiles } from '../../../src/sources/material-files.ts'
import { issue, makeCa, revocationList } from '../../support/certificates.ts'
import { integer, oid, pem, sequence, time, tlv } from '../../support/der.ts'
import { testFolder } from '../../support/folder.ts'

const ca = makeCa()
const day = 86_400_000

/** A list of which only the dates are right. */
function listWith(...dates: Buffer[]): string {
  const content = sequence(integer(1n), sequence(oid('1.2.3')), sequence(), ...dates)
  return pem('X509 CRL', sequence(content, sequence(oid('1.2.3')), tlv(0x03, Buffer.from([0]))))
}

const utc = (text: string): Buffer => tlv(0x17, Buffer.from(text))

describe('the end of a revocation list', () => {
  for (const [what, lists, expected] of [
    [
      'a time with four digits of the year',
      [listWith(time(new Date(0)), time(new Date(Date.UTC(2051, 1, 3))))],
      Date.UTC(2051, 1, 3),
    ],
    [
      'a time with two',
      [listWith(utc('260101000000Z'), utc('270203040506Z'))],
      Date.UTC(2027, 1, 3, 4, 5, 6),
    ],
    [
      'a time of the century before',
      [listWith(utc('260101000000Z'), utc('990203040506Z'))],
      Date.UTC(1999, 1, 3, 4, 5, 6),
    ],
    [
      'the first of several',
      [
        listWith(utc('260101000000Z'), utc('280101000000Z')),
        listWith(utc('260101000000Z'), utc('270101000000Z')),
      ],
      Date.UTC(2027, 0),
    ],
    ['none', [listWith(utc('260101000000Z'))], undefined],
    ['nonsense', [listWith(utc('260101000000Z'), utc('hello'))], undefined],
    ['no DER', ['-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n'], undefined],
  ] as const) {
    test(`is ${what}`, () => {
      assert.equal(nextUpdateOf(lists), expected)
    })
  }

  for (const [what, now, message] of [
    [
      'has come',
      Date.now() + 31 * day,
      /had to be replaced on .*, and every certificate of its authority is refused/,
    ],
    ['is near', Date.now() + 29 * day, /has to be replaced by/],
    ['is far', Date.now(), undefined],
  ] as const) {
    test(`that ${what} is ${message === undefined ? 'nothing to say' : 'a warning'}`, () => {
      using folder = testFolder()
      const list = revocationList(ca, [issue(ca, { name: 'gone' })])
      const files = new MaterialFiles(() => now)

      const result = files.crl(folder.write('crl.pem', list))

      assert.equal(result.kind, 'read')
      if (message === undefined) assert.deepEqual(result.warnings, [])
      else assert.match(result.warnings[0]?.message ?? '', message)
    })
  }
})
