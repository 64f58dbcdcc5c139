import assert from 'node:assert/strict'
import { constants } from 'node:crypto'
import { describe, test } from 'node:test'
import { createSecureContext } from 'node:tls'
import type { TlsPolicy } from '../../../src/model/tls.ts'
import { defaultCurves, policyKey, policyOptions, secureOptions } from '../../../src/tls/policy.ts'
import { noClients, plainPolicy } from '../../support/tls-stage.ts'

const tickets = { mode: 'on', keys: undefined, rotation: 1000 } as const

describe('policyKey differs for', () => {
  const required = { ...noClients, mode: 'required', ca: 'a' } as const
  const changes: readonly { say: string; change: Partial<TlsPolicy> }[] = [
    { say: 'versions', change: { minVersion: 'TLSv1.3' } },
    { say: 'ciphers', change: { ciphers: ['TLS_AES_256_GCM_SHA384'] } },
    { say: 'curves', change: { curves: ['X25519'] } },
    { say: 'ALPN', change: { alpn: ['h2', 'http/1.1'] } },
    { say: 'client certificates', change: { clientCertificates: required } },
    { say: 'another CA', change: { clientCertificates: { ...required, ca: 'b' } } },
    { say: 'another revocation list', change: { clientCertificates: { ...required, crl: 'c' } } },
    { say: 'other names of clients', change: { clientCertificates: { ...required, names: ['DNS:a'] } } },
    { say: 'another depth', change: { clientCertificates: { ...required, depth: 1 } } },
  ]
  const keys = changes.map(({ change }) => policyKey({ ...plainPolicy, ...change }, tickets))
  for (const [i, { say }] of changes.entries()) {
    test(`L05 ${say}`, () => {
      assert.equal(keys.filter((key) => key === keys[i]).length, 1)
      assert.notEqual(keys[i], policyKey(plainPolicy, tickets))
    })
  }

  test('tickets on and off', () => {
    assert.notEqual(policyKey(plainPolicy, { ...tickets, mode: 'off' }), policyKey(plainPolicy, tickets))
  })

  test('nothing else: equal policies have one key, whoever made them', () => {
    assert.equal(policyKey(structuredClone(plainPolicy), tickets), policyKey(plainPolicy, tickets))
  })
})

describe('policyOptions', () => {
  test('are taken by OpenSSL, with our ciphers and curves by default', () => {
    const options = policyOptions(plainPolicy)

    assert.doesNotThrow(() => createSecureContext(options))
    assert.equal(options.ecdhCurve, defaultCurves().join(':'))
    assert.ok(!/CBC|DHE-RSA-AES128-SHA|:RC4|NULL/.test(options.ciphers ?? ''))
  })

  test('offer a post-quantum group first where this Node has it', () => {
    assert.deepEqual(defaultCurves(), ['X25519MLKEM768', 'X25519', 'P-256', 'P-384'])
  })

  test('take what the operator says instead', () => {
    const options = policyOptions({ ...plainPolicy, ciphers: ['TLS_AES_256_GCM_SHA384'], curves: ['P-256'] })

    assert.deepEqual([options.ciphers, options.ecdhCurve], ['TLS_AES_256_GCM_SHA384', 'P-256'])
  })
})

test('secureOptions never allow renegotiation, and tickets only where they are on', () => {
  const off = secureOptions({ ...tickets, mode: 'off' })

  assert.notEqual(secureOptions(tickets) & constants.SSL_OP_NO_RENEGOTIATION, 0)
  assert.equal(secureOptions(tickets) & constants.SSL_OP_NO_TICKET, 0)
  assert.notEqual(off & constants.SSL_OP_NO_TICKET, 0)
  assert.notEqual(off & constants.SSL_OP_NO_RENEGOTIATION, 0)
})
