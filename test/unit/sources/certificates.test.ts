import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { Secret } from '../../../src/model/secret.ts'
import { readCertificate } from '../../../src/sources/certificates.ts'
import type { CertificateFiles } from '../../../src/translate/material-source.ts'
import { issue, type MadeCertificate, makeCa } from '../../support/certificates.ts'
import { testFolder } from '../../support/folder.ts'

const root = makeCa('Root')
const middle = issue(root, { name: 'Middle', isCa: true, usage: 'none' })
const leaf = issue(middle, {
  name: 'a.test',
  altNames: ['DNS:a.test', 'DNS:*.a.test', 'IP:127.0.0.1', 'URI:spiffe://a/b'],
})
const rsa = issue(root, { altNames: ['DNS:a.test'], keyType: 'rsa' })

/** A pair in a folder that lasts for the test. */
function pair(
  cert: string | Buffer,
  key: string,
  password?: string,
): CertificateFiles & { readonly folder: Disposable } {
  const folder = testFolder()
  return {
    kind: 'pem',
    cert: folder.write('a.crt', cert),
    key: folder.write('a.key', key),
    password: password === undefined ? undefined : new Secret(password),
    folder,
  }
}

function encrypted(made: MadeCertificate, passphrase: string): string {
  return made.key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
}

describe('a certificate with its key', () => {
  test('is read with what everybody may know of it', () => {
    const files = pair(leaf.pem + middle.pem, leaf.keyPem)
    using _ = files.folder

    const result = readCertificate(files)

    assert.equal(result.kind, 'read')
    assert.deepEqual(result.warnings, [])
    const { facts, material } = result.value
    assert.deepEqual(facts.names, ['a.test', '*.a.test', '127.0.0.1'])
    assert.deepEqual([facts.keyType, facts.serial], ['ecdsa', leaf.serial.toString(16)])
    assert.equal(facts.fingerprint.length, 64)
    assert.equal(facts.notAfter, Math.floor(leaf.notAfter.getTime() / 1000) * 1000)
    assert.equal(facts.material, material.id)
    assert.equal(material.certificate.match(/BEGIN CERTIFICATE/g)?.length, 2)
    assert.match(material.key, /^-----BEGIN PRIVATE KEY-----/)
  })

  test('has an id that changes with the key as well as with the certificate', () => {
    const ids = [
      pair(leaf.pem, leaf.keyPem),
      pair(rsa.pem, rsa.keyPem),
      pair(`# one\r\n${leaf.pem.replaceAll('\n', '\r\n')}`, leaf.keyPem),
    ].map((files) => {
      using _ = files.folder
      const result = readCertificate(files)
      return result.kind === 'read' ? result.value.material.id : 'flawed'
    })

    assert.equal(new Set(ids).size, 2)
    assert.equal(ids[0], ids[2])
  })

  for (const [what, files] of [
    ['in one file', pair(leaf.keyPem + leaf.pem, leaf.keyPem + leaf.pem)],
    ['with an encrypted key', pair(leaf.pem, encrypted(leaf, 'sesame'), 'sesame')],
    ['with a password that is not needed', pair(leaf.pem, leaf.keyPem, 'sesame')],
    ['of RSA', pair(rsa.pem, rsa.keyPem)],
  ] as const) {
    test(`is read ${what}`, () => {
      using _ = files.folder

      assert.equal(readCertificate(files).kind, 'read')
    })
  }

  for (const [what, files, message] of [
    [
      'an encrypted key without a password',
      pair(leaf.pem, encrypted(leaf, 'sesame')),
      /a\.key" is encrypted$/,
    ],
    [
      'a wrong password',
      pair(leaf.pem, encrypted(leaf, 'sesame'), 'parrot'),
      /a\.key" is not opened by its password$/,
    ],
    [
      'the key of another certificate',
      pair(leaf.pem, rsa.keyPem),
      /a\.key" is not the key of the certificate in ".*a\.crt"$/,
    ],
    [
      'the chain before the certificate',
      pair(middle.pem + leaf.pem, leaf.keyPem),
      /a\.crt" has the certificate of the key in place 2$/,
    ],
    ['no certificate', pair('hello', leaf.keyPem), /a\.crt" holds no certificate in PEM$/],
    ['DER', pair(leaf.der, leaf.keyPem), /a\.crt" holds no certificate in PEM$/],
    [
      'a damaged certificate',
      pair(leaf.pem.replace(/MI../, 'AAAA'), leaf.keyPem),
      /a\.crt" has a certificate that is damaged, in place 1$/,
    ],
    ['half a file', pair(leaf.pem.slice(0, 200), leaf.keyPem), /a\.crt" holds no certificate in PEM$/],
    ['no key', pair(leaf.pem, leaf.pem), /a\.key" holds no private key in PEM$/],
    ['half a key', pair(leaf.pem, leaf.keyPem.slice(0, 80)), /a\.key" holds no private key in PEM$/],
    [
      'a damaged key',
      pair(leaf.pem, leaf.keyPem.replace(/MI./, 'AAA')),
      /a\.key" holds a private key that is damaged$/,
    ],
    ['an empty file', pair('', leaf.keyPem), /a\.crt" is empty$/],
    [
      'names that cannot be told apart',
      pair(issue(root, { altNames: ['DNS:a.test\0.b.test'] }).pem, leaf.keyPem),
      /a\.key" is not the key|cannot be read safely/,
    ],
  ] as const) {
    test(`is refused for ${what}, with the file and a remedy`, () => {
      using _ = files.folder

      const result = readCertificate(files)

      assert.equal(result.kind, 'flawed')
      assert.match(result.flaw.message, message)
      assert.ok(result.flaw.remedy.length > 0)
      assert.doesNotMatch(result.flaw.message + result.flaw.remedy, /BEGIN|sesame|parrot/)
    })
  }

  test('with a chain out of order is used, with a warning', () => {
    const files = pair(leaf.pem + root.pem + middle.pem, leaf.keyPem)
    using _ = files.folder

    const result = readCertificate(files)

    assert.equal(result.kind, 'read')
    assert.match(
      result.warnings[0]?.message ?? '',
      /chain out of order: certificate 2 did not sign certificate 1/,
    )
  })

  test('without a name is used, with a warning', () => {
    const plain = issue(root, { name: 'a.test' })
    const files = pair(plain.pem, plain.keyPem)
    using _ = files.folder

    const result = readCertificate(files)

    assert.equal(result.kind, 'read')
    assert.match(result.warnings[0]?.message ?? '', /no name that a client would look for/)
  })
})

describe('a certificate that the TLS library refuses', () => {
  test('is refused with what the library says', () => {
    using folder = testFolder()
    const weak = execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:1024',
        '-nodes',
        '-keyout',
        `${folder.path}/weak.key`,
        '-subj',
        '/CN=a.test',
        '-addext',
        'subjectAltName=DNS:a.test',
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    const cert = folder.write('weak.crt', weak)

    const result = readCertificate({ kind: 'pem', cert, key: `${folder.path}/weak.key`, password: undefined })

    assert.equal(result.kind, 'flawed')
    assert.match(result.flaw.message, /weak\.crt" is refused by the TLS library: ee key too small$/)
  })
})
