import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseApiKeys, readApiKeys } from '../../../src/sources/api-key-file.ts'
import { MaterialFiles } from '../../../src/sources/material-files.ts'
import { parseUsers, readUsers } from '../../../src/sources/user-file.ts'
import { testFolder } from '../../support/folder.ts'

const apr1 = '$apr1$JGId5.zW$KDBPjjzwwFUGMll1Ofc521'
const bcrypt = '$2y$05$wxPNVH7K2h3OAzyPuKBmnuVkr0uZ8fcIAZlcaDK3Gqm.uzpGCncsa'
const sha1 = '{SHA}KBOXsfeICt4PU1MKVdmvAhC5rXs='
const digest = '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b'
const other = '0'.repeat(64)

function users(text: string | Buffer) {
  return parseUsers('users', Buffer.from(text))
}

function keys(text: string | Buffer) {
  return parseApiKeys('keys', Buffer.from(text))
}

describe('a file of users', () => {
  test('is read with comments, empty lines and further fields', () => {
    const read = users(`# ours\r\n\r\nalice:${bcrypt}\r\nbjørn:${apr1} \ncarol:${apr1}:Carol of sales:x\n`)

    assert.ok(read.kind === 'read')
    assert.deepEqual(read.value.users, [
      ['alice', bcrypt],
      ['bjørn', apr1],
      ['carol', apr1],
    ])
    assert.deepEqual(read.warnings, [])
  })

  test('has another id when a hash is another, and the same for the same users', () => {
    const ids = [`a:${apr1}`, `# x\na:${apr1}:y`, `a:${bcrypt}`].map((text) => {
      const read = users(text)
      return read.kind === 'read' ? read.value.id : ''
    })

    assert.equal(ids[0], ids[1])
    assert.notEqual(ids[0], ids[2])
  })

  test('tells of weak hashes, and of users who are there twice', () => {
    const read = users(`a:${sha1}\nb:${apr1}\nb:${bcrypt}\n`)

    assert.ok(read.kind === 'read')
    assert.deepEqual(read.value.users, [
      ['a', sha1],
      ['b', apr1],
    ])
    assert.deepEqual(
      read.warnings.map(({ message }) => message.slice(0, 62)),
      [
        'file "users" has in line 1 a weak hash for "a": SHA-1 without ',
        'file "users" has in line 3 the user "b" once more: the first c',
      ],
    )
  })

  const refused: readonly (readonly [what: string, text: string | Buffer, message: RegExp])[] = [
    ['a line without a colon', `a:${apr1}\nhunter2\n`, /line 2 no "USER:HASH"/],
    ['plain text', `a:hunter2\n`, /line 1 a hash that is none: it looks like plain text/],
    ['an empty hash', 'a:\n', /line 1 a hash that is empty/],
    ['a user without a name', `:${apr1}\n`, /line 1 a user whose name is empty/],
    ['white space around a name', `a :${apr1}\n`, /line 1 a user whose name begins or ends with white space/],
    ['a control character in a name', `a\tb:${apr1}\n`, /holds a control character/],
    ['a long name', `${'n'.repeat(256)}:${apr1}\n`, /longer than 255 bytes/],
    ['a cost above 14', `a:$2y$15${bcrypt.slice(6)}\n`, /line 1 a hash of bcrypt with cost 15, above 14/],
    ['nobody', '# nobody\n', /has no user/],
    ['other encodings', Buffer.from(`bj\xf8rn:${apr1}`, 'latin1'), /is not UTF-8/],
  ]
  for (const [what, text, message] of refused) {
    test(`is refused for ${what}, without a word of the line`, () => {
      const read = users(text)

      assert.ok(read.kind === 'flawed')
      assert.match(read.flaw.message, message)
      assert.doesNotMatch(`${read.flaw.message} ${read.flaw.remedy}`, /hunter2|JGId5|wxPNV/)
    })
  }

  test('that is not there is a flaw', () => {
    const read = readUsers('/nowhere/users')

    assert.ok(read.kind === 'flawed')
    assert.match(read.flaw.message, /it does not exist/)
  })

  test('that was good once stays in force while it is damaged', () => {
    using folder = testFolder()
    const memory = new MaterialFiles(Date.now)
    const file = folder.write('users', `a:${apr1}\n`)
    memory.users(file)
    memory.keep()

    folder.write('users', 'a:hunter2\n')
    memory.begin()
    const read = memory.users(file)

    assert.ok(read.kind === 'read')
    assert.deepEqual(read.value.users, [['a', apr1]])
    assert.match(read.warnings[0]?.message ?? '', /; what it held before stays in force$/)
  })

  test('is an entry and not a line in a list of the configuration', () => {
    const read = parseUsers('', Buffer.from(`a:${apr1}\nb:hunter2`))

    assert.ok(read.kind === 'flawed')
    assert.match(read.flaw.message, /^the list has in entry 2 a hash that is none/)
  })
})

describe('a file of keys', () => {
  test('is read as sha256sum writes it, several keys for one id among them', () => {
    const read = keys(`# ours\n${digest}  shop\n${other.toUpperCase()} *shop\n`)

    assert.ok(read.kind === 'read')
    assert.deepEqual(read.value.keys, [
      [digest, 'shop'],
      [other, 'shop'],
    ])
  })

  test('tells of a key that is there twice', () => {
    const read = keys(`${digest} shop\n${digest} till\n`)

    assert.ok(read.kind === 'read')
    assert.deepEqual(read.value.keys, [[digest, 'shop']])
    assert.match(read.warnings[0]?.message ?? '', /line 2 the key of "till" once more/)
  })

  const refused: readonly (readonly [what: string, text: string, message: RegExp])[] = [
    ['a key instead of its digest', 'hunter2 shop\n', /line 1 no "SHA256 ID"/],
    ['a digest without an id', `${digest}\n`, /line 1 no "SHA256 ID"/],
    ['the dash of sha256sum', `${digest}  -\n`, /line 1 a key whose id is still "-"/],
    [
      'the digest of nothing',
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 shop',
      /digest of an empty key/,
    ],
    ['a short digest', `${digest.slice(1)} shop`, /line 1 no "SHA256 ID"/],
    ['no key', '\n', /has no key/],
  ]
  for (const [what, text, message] of refused) {
    test(`is refused for ${what}, without a word of the line`, () => {
      const read = keys(text)

      assert.ok(read.kind === 'flawed')
      assert.match(read.flaw.message, message)
      assert.doesNotMatch(read.flaw.message, /hunter2|2bb80d/)
    })
  }

  test('that is not there is a flaw', () => {
    assert.equal(readApiKeys('/nowhere/keys').kind, 'flawed')
  })
})
