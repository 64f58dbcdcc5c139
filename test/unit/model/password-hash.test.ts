import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readPasswordHash } from '../../../src/model/password-hash.ts'

const salted = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.slice(0, 53)
const sha256 = 'a'.repeat(43)
const sha512 = 'a'.repeat(86)

const taken: readonly (readonly [kind: string, text: string])[] = [
  ['bcrypt', `$2a$04$${salted}`],
  ['bcrypt', `$2b$10$${salted}`],
  ['bcrypt', `$2y$14$${salted}`],
  ['sha256-crypt', `$5$salt$${sha256}`],
  ['sha512-crypt', `$6$0123456789abcdef$${sha512}`],
  ['sha512-crypt', `$6$rounds=200000$salt$${sha512}`],
  ['apr1', '$apr1$qHDFfhPC$nITSVHgYbDAK1Y0acGRnY0'],
  ['sha1', '{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk='],
]

const refused: readonly (readonly [text: string, what: RegExp])[] = [
  [`$2y$15$${salted}`, /^of bcrypt with cost 15, above 14/],
  [`$2y$31$${salted}`, /cost 31, above 14/],
  [`$2y$03$${salted}`, /damaged/],
  [`$2y$10$${salted}.`, /damaged/],
  [`$2x$10$${salted}`, /known to be wrong/],
  [`$2$10$${salted}`, /known to be wrong/],
  [`$6$rounds=200001$salt$${sha512}`, /^of SHA-crypt with 200001 rounds, above 200000/],
  [`$6$rounds=999999999$salt$${sha512}`, /above 200000/],
  [`$6$rounds=9999999999$salt$${sha512}`, /damaged/],
  [`$6$rounds=999$salt$${sha512}`, /damaged/],
  [`$6$rounds=05000$salt$${sha512}`, /damaged/],
  [`$6$0123456789abcdef0$${sha512}`, /damaged/],
  [`$5$salt$${sha512}`, /damaged/],
  ['$apr1$qHDFfhPC$short', /damaged/],
  ['{SHA}short', /damaged/],
  ['{SSHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=', /not supported/],
  ['$1$salt$qJH7.N4xYta3aEG/dfqo/0', /MD5-crypt, which is broken/],
  ['$y$j9T$salt$hash', /not supported/],
  ['$argon2id$v=19$m=65536,t=3,p=4$salt$hash', /not supported/],
  ['rqXexS6ZhobKA', /DES, which is broken, or plain text/],
  ['secret', /plain text/],
  ['', /empty/],
]

describe('a hash of a password', () => {
  for (const [kind, text] of taken) {
    test(`is taken as ${kind}: ${text.slice(0, 24)}`, () => {
      assert.deepEqual(readPasswordHash(text), { kind, text })
    })
  }

  for (const [text, what] of refused) {
    test(`is refused: "${text.slice(0, 24)}"`, () => {
      const read = readPasswordHash(text)

      assert.ok('what' in read)
      assert.match(read.what, what)
      assert.ok(text === '' || !`${read.what} ${read.remedy}`.includes(text))
    })
  }
})
