import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SignJWT } from 'jose'
import { candidates, type KeySet, keySetOf, secretKeys } from '../../../../src/filters/jwt/key-set.ts'
import { HeaderMemory, parseToken } from '../../../../src/filters/jwt/token.ts'
import { issuerKey, jwkSetOf } from '../../../support/jwt.ts'

function setOf(text: string): KeySet {
  const set = keySetOf(text)
  assert.ok(typeof set !== 'string')
  return set
}

function isGood(token: string, set: KeySet): boolean {
  const parsed = parseToken(token, new HeaderMemory())
  assert.ok(typeof parsed !== 'string')
  return candidates(set, parsed.kid, parsed.algorithm).some((one) =>
    one.isSigned(parsed.signed, parsed.signature),
  )
}

const payload =
  'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'

describe('the examples of RFC 7515 and RFC 8037', () => {
  test('A.1: HS256', () => {
    const secret = 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow'
    const header = 'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9'

    const token = `${header}.${payload}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`

    assert.equal(isGood(token, secretKeys(Buffer.from(secret, 'base64url'))), true)
    assert.equal(isGood(token, secretKeys(Buffer.from(secret))), false)
  })

  test('A.3: ES256', () => {
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    }
    const signature = 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q'

    assert.equal(isGood(`eyJhbGciOiJFUzI1NiJ9.${payload}.${signature}`, setOf(jwkSetOf({ jwk }))), true)
  })

  test('A.4 of RFC 8037: Ed25519', () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
    const signed = 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc'
    const signature = 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg'

    const [key] = candidates(setOf(jwkSetOf({ jwk })), undefined, 'EdDSA')

    assert.equal(key?.isSigned(Buffer.from(signed), Buffer.from(signature, 'base64url')), true)
  })
})

describe('tokens that jose signs', () => {
  for (const alg of ['ES256', 'ES384', 'ES512', 'RS256', 'RS512', 'PS256', 'PS384', 'EdDSA']) {
    test(`${alg} are good`, async () => {
      const key = issuerKey(alg, 'k')

      const token = await new SignJWT({ sub: 'ann' })
        .setProtectedHeader({ alg, kid: 'k' })
        .sign(key.privateKey)

      assert.equal(isGood(token, setOf(jwkSetOf(key))), true)
      assert.equal(isGood(token, setOf(jwkSetOf(issuerKey(alg, 'k')))), false)
    })
  }
})

describe('keys of a set', () => {
  const good = issuerKey('ES256', 'good')

  for (const [what, jwk, why] of [
    ['a shared secret', { kty: 'oct', k: 'AAAA' }, /shared secret/],
    ['a private key', { ...good.jwk, ...good.privateKey.export({ format: 'jwk' }) }, /is private/],
    ['a key for encryption', { ...good.jwk, use: 'enc' }, /not for signatures/],
    ['a key that may only sign', { ...good.jwk, key_ops: ['sign'] }, /not for signatures/],
    ['an alg of another type', { ...good.jwk, alg: 'RS256' }, /does not go with its key/],
    ['an alg for secrets', { ...good.jwk, alg: 'HS256' }, /does not go with its key/],
    ['a curve that is not known', { ...good.jwk, crv: 'secp256k1' }, /type or curve/],
    ['a point beside its curve', { ...good.jwk, y: good.jwk['x'] }, /make no key/],
    [
      'RSA of 1024 bits',
      { kty: 'RSA', e: 'AQAB', n: Buffer.alloc(128, 0xc5).toString('base64url') },
      /1024 bits/,
    ],
    ['a number as kid', { ...good.jwk, kid: 7 }, /kid/],
  ] as const) {
    test(`leave ${what} out`, () => {
      const alone = keySetOf(jwkSetOf({ jwk }))
      const beside = setOf(jwkSetOf({ jwk }, good))

      assert.match(typeof alone === 'string' ? alone : 'a set', why)
      assert.deepEqual([beside.verifiers.length, beside.skipped.length], [1, 1])
    })
  }

  for (const [what, text] of [
    ['is no JSON', '{'],
    ['is a list', '[]'],
    ['has no list', '{"keys":{}}'],
    ['is empty', '{"keys":[]}'],
    ['has a name twice', `{"keys":[],"keys":[${JSON.stringify(good.jwk)}]}`],
    ['has 65 keys', jwkSetOf(...Array.from({ length: 65 }, () => good))],
    ['is too long', `{"keys":[],"x":"${'x'.repeat(300_000)}"}`],
  ] as const) {
    test(`are none when the set ${what}`, () => {
      assert.equal(typeof keySetOf(text), 'string')
    })
  }

  test('are at most four for one token without a kid', () => {
    const set = setOf(
      jwkSetOf(...Array.from({ length: 9 }, (_, i) => ({ jwk: { ...good.jwk, kid: `${i}` } }))),
    )

    assert.equal(candidates(set, undefined, 'ES256').length, 4)
  })

  test('of RSA without alg are for all of its algorithms, and with alg for that one', () => {
    const key = issuerKey('RS256', 'r')
    const { alg: _, ...any } = key.jwk

    const algorithms = (jwk: object) =>
      setOf(JSON.stringify({ keys: [jwk] })).verifiers.map((v) => v.algorithm)

    assert.deepEqual(algorithms(any), ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'])
    assert.deepEqual(algorithms(key.jwk), ['RS256'])
  })
})
