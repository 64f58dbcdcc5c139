import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Certificate } from '../../../src/model/tls.ts'
import { CertificateChoice } from '../../../src/tls/certificate-choice.ts'

function certificate(
  material: string,
  names: readonly string[],
  more: Partial<Certificate> = {},
): Certificate {
  return {
    material,
    origin: { source: 'builtin', file: '', line: 0, column: 0, field: '' },
    names,
    keyType: 'ecdsa',
    serial: '1',
    fingerprint: '',
    notBefore: 0,
    notAfter: 1000,
    file: '',
    ...more,
  }
}

function chosen(certificates: readonly Certificate[], name: string): readonly string[] | undefined {
  return new CertificateChoice(certificates).find(name)?.map(({ material }) => material)
}

describe('CertificateChoice', () => {
  const exact = certificate('exact', ['a.test'])
  const rsa = certificate('rsa', ['a.test'], { keyType: 'rsa' })
  const wild = certificate('wild', ['*.test'])

  test('prefers the exact name to a wildcard', () => {
    assert.deepEqual(chosen([wild, exact], 'a.test'), ['exact'])
  })

  test('takes the wildcard for every other name of one label', () => {
    assert.deepEqual(chosen([wild, exact], 'b.test'), ['wild'])
  })

  test('has RSA and ECDSA side by side', () => {
    assert.deepEqual(chosen([rsa, exact], 'a.test'), ['rsa', 'exact'])
  })

  test('takes of two for one name and kind of key the one that lasts longer', () => {
    const renewed = certificate('renewed', ['a.test'], { notAfter: 2000 })

    assert.deepEqual(chosen([exact, renewed], 'a.test'), ['renewed'])
    assert.deepEqual(chosen([renewed, exact], 'a.test'), ['renewed'])
  })

  test('finds nothing for a name that no certificate has', () => {
    assert.equal(chosen([exact], 'b.test'), undefined)
  })

  test('shows the first certificate by default, with its twin of another kind of key', () => {
    const first = new CertificateChoice([exact, certificate('other', ['b.test']), rsa]).first()

    assert.deepEqual(
      first?.map(({ material }) => material),
      ['exact', 'rsa'],
    )
  })

  test('has no default without certificates', () => {
    assert.equal(new CertificateChoice([]).first(), undefined)
  })
})
