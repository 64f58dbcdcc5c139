import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readCa, readCrl, readTicketKeys } from '../../../src/sources/trust-files.ts'
import { issue, makeCa, revocationList } from '../../support/certificates.ts'
import { testFolder } from '../../support/folder.ts'

const ca = makeCa('One')
const other = makeCa('Two')
const key = Buffer.alloc(48, 7)
const line = key.toString('base64')

describe('files of trust', () => {
  test('authorities are read, all of a bundle, whatever stands between them', () => {
    using folder = testFolder()

    const result = readCa(folder.write('ca.pem', `One:\n${ca.pem}\nTwo:\n${other.pem}`))

    assert.equal(result.kind, 'read')
    assert.equal(result.value.certificates, ca.pem + other.pem)
  })

  test('the same authorities have the same id, others another', () => {
    using folder = testFolder()
    const ids = [ca.pem, `# again\n${ca.pem}`, ca.pem + other.pem].map((text, index) => {
      const result = readCa(folder.write(`${index}.pem`, text))
      return result.kind === 'read' ? result.value.id : ''
    })

    assert.equal(ids[0], ids[1])
    assert.notEqual(ids[0], ids[2])
  })

  test('revocation lists are read', () => {
    using folder = testFolder()
    const list = revocationList(ca, [issue(ca, { name: 'gone' })])

    const result = readCrl(folder.write('crl.pem', list))

    assert.equal(result.kind === 'read' && result.value.lists, list)
  })

  for (const [what, content, keys] of [
    ['48 bytes', key, [line]],
    ['a line of base64', `${line}\n`, [line]],
    [
      'several lines, with remarks',
      `# new\n${line}\n\n# old\n${Buffer.alloc(48, 8).toString('base64')}\n`,
      [line, Buffer.alloc(48, 8).toString('base64')],
    ],
  ] as const) {
    test(`keys of tickets are read: ${what}`, () => {
      using folder = testFolder()

      const result = readTicketKeys(folder.write('tickets.key', content))

      assert.deepEqual(result.kind === 'read' && result.value.keys, keys)
    })
  }

  for (const [what, read, content, message] of [
    ['authorities: text', readCa, 'hello', /holds no certificate in PEM/],
    ['authorities: a damaged one', readCa, ca.pem + other.pem.replace(/MI./, 'AAA'), /damaged, in place 2/],
    ['authorities: a private key', readCa, ca.keyPem, /holds no certificate in PEM/],
    ['lists: a certificate', readCrl, ca.pem, /holds no revocation list in PEM/],
    ['lists: a damaged one', readCrl, revocationList(ca, []).replace(/MI./, 'AAA'), /damaged/],
    ['keys: 80 bytes, as nginx takes them', readTicketKeys, Buffer.alloc(80), /neither 48 bytes nor lines/],
    ['keys: a line that is too short', readTicketKeys, `${line}\nAAAA\n`, /neither 48 bytes nor lines/],
    ['keys: too many', readTicketKeys, `${line}\n`.repeat(17), /holds 17 keys/],
  ] as const) {
    test(`${what} is refused, and not repeated`, () => {
      using folder = testFolder()

      const result = read(folder.write('file', content))

      assert.equal(result.kind, 'flawed')
      assert.match(result.flaw.message, message)
      assert.doesNotMatch(result.flaw.message, /BEGIN|BwcH/)
    })
  }

  test('a folder, and a file that is not there, are refused', () => {
    using folder = testFolder()

    const results = [readCa(folder.path), readCa(`${folder.path}/absent`)]

    assert.deepEqual(
      results.map((result) => result.kind === 'flawed' && result.flaw.message.replace(/^file ".*" /, '')),
      ['is not a file', 'cannot be read: it does not exist'],
    )
  })
})
