import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { describe, test } from 'node:test'
import { parseAltNames } from '../../../src/std/alt-names.ts'
import { clientCertificateFields, type ShownCertificate } from '../../../src/tls/client-certificate-fields.ts'
import { type CertificateWish, issue, makeCa, read } from '../../support/certificates.ts'

const ca = makeCa('Test, CA')

function shown(wish: CertificateWish): ShownCertificate {
  const certificate = read(issue(ca, { usage: 'client', ...wish }))
  return { certificate, names: parseAltNames(certificate.subjectAltName) ?? [] }
}

/** The fields by name. */
function fieldsOf(certificate: ShownCertificate | undefined, form: 'xfcc' | 'nginx'): Map<string, string> {
  const lines = clientCertificateFields(certificate, [form]).split('\r\n')
  assert.equal(lines.pop(), '')
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
}

describe('clientCertificateFields in the form of', () => {
  const joe = shown({ name: 'joe', altNames: ['URI:spiffe://a/joe', 'DNS:joe.test', 'DNS:j.test'] })

  test('Envoy: hash, subject and names', () => {
    const hash = createHash('sha256').update(joe.certificate.raw).digest('hex')

    assert.deepEqual(
      [...fieldsOf(joe, 'xfcc')],
      [
        [
          'x-forwarded-client-cert',
          `Hash=${hash};Subject="CN=joe";URI=spiffe://a/joe;DNS=joe.test;DNS=j.test`,
        ],
      ],
    )
  })

  test('Envoy: nothing without a certificate', () => {
    assert.equal(clientCertificateFields(undefined, ['xfcc']), '')
  })

  test('Envoy: separators in names are quoted, whatever is not printable is percent-encoded', () => {
    const odd = shown({ name: 'a";Hash=0', altNames: ['URI:http://a/;b,c="d"', 'DNS:a b\r\nx: y'] })

    const value = fieldsOf(odd, 'xfcc').get('x-forwarded-client-cert') ?? ''

    assert.match(
      value,
      /;Subject="CN=a\\"\\;Hash=0";URI="http:\/\/a\/;b,c=\\"d\\"";DNS="?a%20b%0D%0Ax:%20y"?$/,
    )
  })

  test('Envoy: no more than 16 names of a kind', () => {
    const many = shown({ name: 'm', altNames: Array.from({ length: 100 }, (_, i) => `DNS:${i}.test`) })

    assert.equal(fieldsOf(many, 'xfcc').get('x-forwarded-client-cert')?.split('DNS=').length, 17)
  })

  test('nginx: every field of a certificate', () => {
    const fields = fieldsOf(joe, 'nginx')

    assert.equal(fields.get('ssl-client-verify'), 'SUCCESS')
    assert.equal(fields.get('ssl-client-subject-dn'), 'CN=joe')
    assert.equal(fields.get('ssl-client-issuer-dn'), 'CN=Test\\, CA')
    assert.equal(fields.get('ssl-client-serial'), joe.certificate.serialNumber)
    assert.equal(
      fields.get('ssl-client-fingerprint'),
      createHash('sha1').update(joe.certificate.raw).digest('hex'),
    )
    const certificate = new X509Certificate(decodeURIComponent(fields.get('ssl-client-cert') ?? ''))
    assert.deepEqual(certificate.raw, joe.certificate.raw)
  })

  test('nginx: NONE without a certificate', () => {
    assert.deepEqual([...fieldsOf(undefined, 'nginx')], [['ssl-client-verify', 'NONE']])
  })

  test('neither, where nothing is forwarded', () => {
    assert.equal(clientCertificateFields(joe, []), '')
  })

  test('both, all printable ASCII', () => {
    const odd = shown({ name: 'Zoë\u2028\x7f', altNames: ['URI:http://ä', 'DNS:\x01'] })

    assert.match(clientCertificateFields(odd, ['xfcc', 'nginx']), /^([\x20-\x7e]+\r\n)+$/)
  })
})
