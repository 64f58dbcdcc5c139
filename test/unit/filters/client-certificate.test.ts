import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { foresee } from '../../../src/filters/foresight.ts'
import type { ClientCertificateRules } from '../../../src/model/filters/client-certificate.ts'
import { filterOf, requestDraft } from './drafts.ts'

const match = { kind: 'prefix', value: '/', case: 'sensitive' } as const
const fingerprint = 'ab'.repeat(32)
const joe = {
  subject: 'CN=joe,O=Shop',
  commonName: 'joe',
  names: [{ kind: 'URI', value: 'spiffe://shop/joe' }],
  fingerprint,
}
const nobody: ClientCertificateRules = { commonNames: ['eve'], names: ['DNS:eve.test'], fingerprints: [] }

function decide(rules: ClientCertificateRules, clientCertificate: typeof joe | undefined) {
  const draft = requestDraft({ scheme: 'https', clientCertificate })
  const reply = filterOf({ kind: 'clientCertificate', ...rules }, match).onRequest?.(draft)
  return { reply: reply instanceof Promise ? assert.fail('waits') : reply, draft }
}

describe('clientCertificate', () => {
  for (const [what, rules] of [
    ['any certificate', { commonNames: [], names: [], fingerprints: [] }],
    ['a common name', { ...nobody, commonNames: ['eve', 'joe'] }],
    ['a name', { ...nobody, names: ['URI:spiffe://shop/*'] }],
    ['a fingerprint', { ...nobody, fingerprints: [fingerprint] }],
  ] as const) {
    test(`lets in by ${what}, and says who it is`, () => {
      const { reply, draft } = decide(rules, joe)

      assert.equal(reply, undefined)
      assert.deepEqual(draft.identity, {
        by: 'clientCertificate',
        subject: 'CN=joe,O=Shop',
        claims: new Map(),
      })
    })
  }

  test('keeps others out', () => {
    const { reply, draft } = decide(nobody, joe)

    assert.deepEqual([reply?.status, reply?.reason, draft.identity], [403, 'client_certificate', undefined])
    assert.match(reply?.detail ?? '', /"CN=joe,O=Shop"/)
  })

  test('does not take the common name for another name', () => {
    const { reply } = decide({ commonNames: [], names: ['DNS:joe'], fingerprints: [] }, joe)

    assert.equal(reply?.status, 403)
  })

  test('keeps out who shows none, even where any will do', () => {
    const { reply } = decide({ commonNames: [], names: [], fingerprints: [] }, undefined)

    assert.deepEqual([reply?.status, reply?.reason], [403, 'client_certificate'])
  })

  for (const [scheme, kind] of [
    ['http', 'answers'],
    ['https', 'depends'],
  ] as const) {
    test(`${kind} in an explanation of a request by ${scheme}`, () => {
      const filter = filterOf({ kind: 'clientCertificate', ...nobody }, match)

      assert.equal(foresee(filter, requestDraft({ scheme })).kind, kind)
    })
  }
})
