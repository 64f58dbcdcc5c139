import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { assert as assertProperty, nat, property } from 'fast-check'
import { readPkcs12 } from '../../../src/sources/pkcs12.ts'
import { issue, makeCa } from '../../support/certificates.ts'
import { testFolder } from '../../support/folder.ts'

const folder = testFolder()
after(() => folder[Symbol.dispose]())

const root = makeCa('Root')
const middle = issue(root, { name: 'Middle', isCa: true, usage: 'none' })
const leaf = issue(middle, { altNames: ['DNS:a.test'] })
folder.write('leaf.key', leaf.keyPem)
folder.write('leaf.crt', leaf.pem)
folder.write('chain.crt', root.pem + middle.pem)

/** A file as OpenSSL writes it. */
function container(password: string, ...options: string[]): Buffer {
  const files = ['-inkey', join(folder.path, 'leaf.key'), '-in', join(folder.path, 'leaf.crt')]
  const chain = ['-certfile', join(folder.path, 'chain.crt'), '-passout', `pass:${password}`]
  return execFileSync('openssl', ['pkcs12', '-export', ...files, ...chain, ...options])
}

const usual = container('öpen €')

describe('a file of PKCS#12', () => {
  for (const [what, password, options] of [
    ['as OpenSSL 3 writes it', 'open', []],
    ['with letters beyond ASCII in its password', 'öpen €', []],
    ['without a password', '', []],
    [
      'with 3DES and SHA-1',
      'open',
      ['-certpbe', 'PBE-SHA1-3DES', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
    ],
    [
      'with AES-128 and SHA-512',
      'open',
      ['-certpbe', 'AES-128-CBC', '-keypbe', 'AES-128-CBC', '-macalg', 'sha512'],
    ],
    ['with certificates that are not encrypted', 'open', ['-certpbe', 'NONE']],
    ['with a key that is not encrypted', 'open', ['-keypbe', 'NONE', '-certpbe', 'NONE']],
    ['without a MAC', 'open', ['-nomac']],
    ['with a few iterations', 'open', ['-iter', '1', '-nomaciter']],
  ] as const) {
    test(`${what} gives the key, its certificate and the chain in order`, () => {
      const content = readPkcs12(container(password, ...options), password)

      assert.equal(content.kind, 'opened')
      assert.deepEqual(
        content.chain.map((one) => one.raw),
        [leaf.der, middle.der, root.der],
      )
      assert.ok(content.chain[0]?.checkPrivateKey(content.key))
    })
  }

  for (const [what, bytes, password, why] of [
    ['with another password', usual, 'open', 'password'],
    ['that is something else', Buffer.from('hello, world'), 'open', 'damaged'],
    ['that is empty', Buffer.alloc(0), 'open', 'damaged'],
    ['of which half is missing', usual.subarray(0, usual.length / 2), 'öpen €', 'damaged'],
    ['without a key', container('open', '-nokeys'), 'open', 'no key'],
  ] as const) {
    test(`${what} is refused: ${why}`, () => {
      assert.deepEqual(readPkcs12(bytes, password), { kind: 'refused', why })
    })
  }

  test('is never a crash, whatever is changed in it', () => {
    assertProperty(
      property(nat(usual.length - 1), nat(255), (place, octet) => {
        const bytes = Buffer.from(usual)
        bytes[place] = octet
        return ['opened', 'refused'].includes(readPkcs12(bytes, 'öpen €').kind)
      }),
      { numRuns: 300 },
    )
  })
})
