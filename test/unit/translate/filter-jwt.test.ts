import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testFolder } from '../../support/folder.ts'
import { type Config, modelOf, problemsOf } from '../../support/gateway.ts'
import { issuerKey, jwkSetOf } from '../../support/jwt.ts'

const key = issuerKey('ES256', 'a')
const set = jwkSetOf(key)
const url = 'https://issuer.test/jwks'

function configOf(jwt: Config): Config {
  return {
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [{ filters: [{ jwt: { issuer: 'i', ...jwt } }], to: 'a' }],
    clusters: { a: { endpoints: ['127.0.0.1:1'] } },
  }
}

function told(jwt: Config): string {
  return problemsOf(configOf(jwt))
    .map(({ message, remedy }) => `${message}; ${remedy}`)
    .join('\n')
}

describe('jwt in the native form', () => {
  test('becomes a rule with every default', () => {
    const [filter] = modelOf(configOf({ jwks: { url } })).routes[0]?.filters ?? []

    assert.deepEqual(filter, {
      kind: 'jwt',
      issuers: ['i'],
      audiences: [],
      algorithms: ['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA'],
      keys: {
        kind: 'url',
        url,
        ca: undefined,
        refreshMs: 600_000,
        staleMs: 86_400_000,
        unknownKeyMs: 30_000,
        timeoutMs: 5_000,
      },
      from: [{ kind: 'header', name: 'authorization' }],
      claims: [],
      clockSkewMs: 30_000,
      token: 'required',
      expiry: 'required',
      forward: [],
      upstream: 'keep',
    })
  })

  for (const [what, jwt, expected] of [
    ['no keys', {}, /has no keys, or two kinds of them; write "jwks" or "secret"/],
    ['two kinds of keys', { jwks: { url }, secret: 'x' }, /has no keys, or two kinds/],
    ['two places of keys', { jwks: { url, inline: set } }, /says it twice/],
    ['no place of keys', { jwks: { refresh: '1m' } }, /does not say where keys are/],
    ['a URL without TLS', { jwks: { url: 'http://issuer.test/jwks' } }, /has no TLS.*plainHttp: allow/],
    ['localhost without TLS', { jwks: { url: 'http://localhost/jwks' } }, /has no TLS/],
    ['a URL with credentials', { jwks: { url: 'https://a:b@issuer.test/' } }, /holds credentials/],
    ['a file as URL', { jwks: { url: 'file:///etc/passwd' } }, /is not a URL of a JWK set/],
    ['authorities without a URL', { jwks: { inline: set, ca: 'x' } }, /is for a "url" alone/],
    ['a set that is none', { jwks: { inline: '{"keys":[]}' } }, /has no key/],
    [
      'a private key',
      { jwks: { inline: jwkSetOf({ jwk: { ...key.privateKey.export({ format: 'jwk' }) } }, key) } },
      /holds a private key or a shared secret/,
    ],
    [
      'HS256 with public keys',
      { jwks: { url }, algorithms: ['HS256'] },
      /have HS256, which is not for these keys/,
    ],
    ['none', { jwks: { url }, algorithms: ['none'] }, /algorithms\[0\] "none" is none of/],
    [
      'a token to be removed from the query',
      { jwks: { url }, from: [{ query: 't' }], upstream: 'remove' },
      /cannot be "remove"/,
    ],
    [
      'a header of framing',
      { jwks: { url }, forward: { 'content-length': 'sub' } },
      /belongs to the connection/,
    ],
    ['no file', { jwks: { file: '/nowhere/jwks.json' } }, /file "\/nowhere\/jwks.json" cannot be read/],
  ] as const satisfies readonly (readonly [string, Config, RegExp])[]) {
    test(`refuses ${what}`, () => {
      assert.match(told(jwt), expected)
    })
  }

  for (const jwks of [
    { url: 'http://127.0.0.1:9/jwks' },
    { url: 'http://[::1]:9/jwks' },
    { url: 'http://issuer.test/jwks', plainHttp: 'allow' },
    { url: 'https://10.0.0.1/jwks?p=policy' },
  ]) {
    test(`takes ${jwks.url}`, () => {
      assert.equal(told({ jwks }), '')
    })
  }

  test('refuses a file with a short secret, and with garbage', () => {
    using folder = testFolder()

    assert.match(
      told({ secret: folder.write('short', 'only thirty-one bytes are in it\n') }),
      /fewer than 32 bytes/,
    )
    assert.match(told({ jwks: { file: folder.write('set', 'x') } }), /file ".*set" is not JSON/)
  })

  test('keeps the secret out of the model, and takes another one for another filter', () => {
    using folder = testFolder()
    const secret = 'a secret of more than 32 bytes, in a file'
    const model = () => modelOf(configOf({ secret: folder.write('secret', secret) }))
    const before = model()

    folder.write('secret', `${secret}, changed`)
    const after = modelOf(configOf({ secret: `${folder.path}/secret` }))

    assert.equal(JSON.stringify(before).includes('more than 32'), false)
    assert.notEqual(before.hash, after.hash)
  })
})
