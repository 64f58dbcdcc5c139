import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Secret } from '../../../src/model/secret.ts'
import { MaterialFiles } from '../../../src/sources/material-files.ts'
import { issue, makeCa, revocationList } from '../../support/certificates.ts'

const day = 86_400_000
const ca = makeCa()
const made = issue(ca, { altNames: ['DNS:a.test', 'DNS:*.b.test'] })
const other = issue(ca, { altNames: ['DNS:a.test'] })
const encrypted = made.key.export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'open',
})
const place = 'Secret shop/web-tls'
const source = new MaterialFiles(Date.now)

function certificateText(certificate: string, key: string) {
  return source.certificateText({ place, certificate, key: new Secret(key) })
}

describe('a certificate as text', () => {
  test('is what it would be in files', () => {
    const result = certificateText(made.pem, made.keyPem)

    assert.ok(result.kind === 'read')
    assert.deepEqual(result.warnings, [])
    assert.deepEqual(result.value.facts.names, ['a.test', '*.b.test'])
    assert.equal(result.value.facts.file, place)
    assert.equal(result.value.material.key.trim(), made.keyPem.trim())
  })

  for (const [what, certificate, key, expected] of [
    [
      'with the key of another',
      made.pem,
      other.keyPem,
      'secret "shop/web-tls" is not the key of its certificate',
    ],
    ['that is none', 'hello', made.keyPem, 'secret "shop/web-tls" holds no certificate in PEM'],
    ['without a key', made.pem, 'hello', 'secret "shop/web-tls" holds no private key in PEM'],
    ['with an encrypted key', made.pem, encrypted, 'secret "shop/web-tls" has a key that is encrypted'],
    [
      'that is damaged',
      made.pem.replace(/(?<=-----\n)[A-Za-z0-9+/=\n]{200}/, 'AAAA\n'),
      made.keyPem,
      'secret "shop/web-tls" has a certificate that is damaged, in place 1',
    ],
  ] as const) {
    test(`is refused, in words that name the Secret and no file: ${what}`, () => {
      const result = certificateText(certificate, key)

      assert.ok(result.kind === 'flawed')
      assert.equal(result.flaw.message, expected)
      assert.doesNotMatch(`${result.flaw.message} ${result.flaw.remedy}`, /\bfile\b/)
    })
  }

  test('warns of a chain out of order', () => {
    const result = certificateText(made.pem + other.pem, made.keyPem)

    assert.ok(result.kind === 'read')
    assert.match(result.warnings[0]?.message ?? '', /^secret "shop\/web-tls" has a chain out of order/)
  })

  test('is of no load: nothing of it is kept, and no file is watched', () => {
    source.begin()
    certificateText(made.pem, made.keyPem)

    assert.deepEqual(source.files(), [])
  })
})

describe('authorities and revocations as text', () => {
  test('are what they would be in files', () => {
    const authorities = source.caText({ place, text: ca.pem })
    const lists = source.crlText({ place, text: revocationList(ca, [other]) })

    assert.equal(authorities.kind === 'read' && authorities.value.kind, 'ca')
    assert.equal(lists.kind === 'read' && lists.value.kind, 'crl')
  })

  test('are refused when they are none', () => {
    const results = [source.caText({ place, text: 'x' }), source.crlText({ place, text: 'x' })]

    assert.deepEqual(
      results.map((result) => result.kind === 'flawed' && result.flaw.message),
      [
        'secret "shop/web-tls" holds no certificate in PEM',
        'secret "shop/web-tls" holds no revocation list in PEM',
      ],
    )
  })

  test('warn of a list that has to be replaced', () => {
    const late = new MaterialFiles(() => Date.now() + 3650 * day)

    const result = late.crlText({ place, text: revocationList(ca, [other]) })

    assert.ok(result.kind === 'read')
    assert.match(
      result.warnings[0]?.message ?? '',
      /^secret "shop\/web-tls" holds a list that had to be replaced on /,
    )
  })
})
