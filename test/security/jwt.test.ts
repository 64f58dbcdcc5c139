import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { ask, getRequest } from '../support/ask.ts'
import { claimsAt, issuerKey, jwkSetOf, part, secretToken, tokenOf } from '../support/jwt.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { answerOf, filterWith, withToken } from '../unit/filters/jwt/rules.ts'

// Attacks on tokens: RFC 8725, and CVEs of libraries that check them.

const key = issuerKey('ES256', 'one')
const rsa = issuerKey('RS256', 'two')
const stranger = issuerKey('ES256', 'one')
const set = jwkSetOf(key, rsa)
const wall = 1_700_000_001_000
const claims = claimsAt(wall)
const good = tokenOf(key, claims)
const [goodHeader = '', goodPayload = '', goodSignature = ''] = good.split('.')
const rsaPem = rsaPublicPem()

function rsaPublicPem(): string {
  const signed = rsa.privateKey.export({ format: 'jwk' })
  return JSON.stringify({ kty: 'RSA', n: signed.n, e: signed.e })
}

/** A signature by HMAC, with whatever an attacker can know as the secret. */
function hmacToken(secret: string | Buffer, header: object): string {
  const signed = `${part(header)}.${part(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

function withHeader(header: object | string): string {
  return tokenOf(key, claims, header)
}

function withPayload(payload: string): string {
  return tokenOf(key, payload)
}

const plain = JSON.stringify(claims)

const attacks: readonly (readonly [what: string, token: string])[] = [
  ['alg none without a signature', `${part({ alg: 'none' })}.${part(claims)}.`],
  ['alg None', `${part({ alg: 'None' })}.${part(claims)}.`],
  ['alg nOnE with a signature', `${part({ alg: 'nOnE' })}.${part(claims)}.${goodSignature}`],
  ['no alg', withHeader({ kid: 'one' })],
  ['alg as a list', withHeader({ alg: ['ES256'], kid: 'one' })],
  ['alg in lower case', withHeader({ alg: 'es256', kid: 'one' })],
  ['HS256 with the public key as the secret', hmacToken(rsaPem, { alg: 'HS256', kid: 'two' })],
  ['HS256 with the JWK set as the secret', hmacToken(set, { alg: 'HS256' })],
  ['HS256 with an empty secret', hmacToken('', { alg: 'HS256', kid: 'one' })],
  ['RS256 for a key of another type', withHeader({ alg: 'RS256', kid: 'one' })],
  [
    'PS256 for a key that is for RS256',
    tokenOf({ ...rsa, alg: 'PS256' }, claims, { alg: 'PS256', kid: 'two' }),
  ],
  ['ES384 for a key of P-256', withHeader({ alg: 'ES384', kid: 'one' })],
  ['the kid of another key', withHeader({ alg: 'ES256', kid: 'two' })],
  ['a kid that is a path', tokenOf(stranger, claims, { alg: 'ES256', kid: '../../../dev/null' })],
  ['a kid that is SQL', tokenOf(stranger, claims, { alg: 'ES256', kid: "x' UNION SELECT 'key" })],
  ['a kid that is __proto__', tokenOf(stranger, claims, '{"alg":"ES256","kid":"__proto__"}')],
  ['a kid that is no text', withHeader({ alg: 'ES256', kid: { $ne: '' } })],
  ['a key of its own (jwk)', tokenOf(stranger, claims, { alg: 'ES256', jwk: stranger.jwk })],
  [
    'a URL of its own keys (jku)',
    tokenOf(stranger, claims, { alg: 'ES256', kid: 'one', jku: 'https://evil.test' }),
  ],
  ['a signature by somebody else', tokenOf(stranger, claims)],
  ['crit', withHeader({ alg: 'ES256', kid: 'one', crit: ['exp'] })],
  ['an empty crit', withHeader({ alg: 'ES256', kid: 'one', crit: [] })],
  ['b64 false', withHeader({ alg: 'ES256', kid: 'one', b64: false })],
  ['a compressed payload (zip)', withHeader({ alg: 'ES256', kid: 'one', zip: 'DEF' })],
  ['a typ of another kind of token', withHeader({ alg: 'ES256', kid: 'one', typ: 'logout+jwt' })],
  ['alg twice', withHeader('{"alg":"none","alg":"ES256","kid":"one"}')],
  ['alg twice, once escaped', withHeader('{"\\u0061lg":"none","alg":"ES256","kid":"one"}')],
  ['a claim twice', withPayload(`{"sub":"root",${plain.slice(1)}`)],
  ['a claim twice, once escaped', withPayload(`{"s\\u0075b":"root",${plain.slice(1)}`)],
  ['a claim twice, far inside', withPayload(`{"a":{"b":[{"c":1,"c":2}]},${plain.slice(1)}`)],
  ['a header that is a list', withHeader('["ES256"]')],
  ['a payload that is a text', withPayload('"ann"')],
  ['a payload that is null', withPayload('null')],
  [
    'a payload nested a thousand times',
    withPayload(`{"a":${'['.repeat(1_000)}${']'.repeat(1_000)},${plain.slice(1)}`),
  ],
  ['a payload with a byte order mark', withPayload(`\ufeff${plain}`)],
  ['bytes that are no UTF-8', `${goodHeader}.${part(Buffer.from([0x7b, 0xff, 0x7d]))}.${goodSignature}`],
  ['a header longer than 1 KiB', withHeader({ alg: 'ES256', kid: 'one', x: 'x'.repeat(1_100) })],
  ['a payload of 8 KiB', withPayload(`{"x":"${'x'.repeat(8_000)}",${plain.slice(1)}`)],
  ['padding', `${good}==`],
  ['base64 in place of base64url', `${goodHeader}.${goodPayload}.${'+/'.repeat(43)}`],
  ['spare bits in the signature', `${good.slice(0, -1)}${nextLetter(good.at(-1) ?? 'A')}`],
  ['white space', `${good.slice(0, 20)} ${good.slice(20)}`],
  ['another part', `${good}.`],
  ['five parts (JWE)', `${good}.${goodPayload}.${goodPayload}`],
  ['two parts', `${goodHeader}.${goodPayload}`],
  ['nothing but dots', '..'],
  ['nothing', ''],
  ['no signature', `${goodHeader}.${goodPayload}.`],
  ['a signature of zeros (CVE-2022-21449)', `${goodHeader}.${goodPayload}.${part(Buffer.alloc(64))}`],
  ['a signature in DER', `${goodHeader}.${goodPayload}.${part(Buffer.from('3006020101020101', 'hex'))}`],
  ['a signature with zeros behind', `${goodHeader}.${goodPayload}.${part(longer(goodSignature))}`],
  [
    'another payload below a good signature',
    `${goodHeader}.${part({ ...claims, sub: 'root' })}.${goodSignature}`,
  ],
  ['two tokens', `${good}, ${good}`],
]

/** The same bytes with a spare bit set: 64 bytes are 86 letters, of which the last has four bits to spare. */
function nextLetter(letter: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return letters[letters.indexOf(letter) + 1] ?? 'B'
}

function longer(signature: string): Buffer {
  return Buffer.concat([Buffer.from(signature, 'base64url'), Buffer.alloc(8)])
}

describe('jwt refuses', () => {
  for (const [what, token] of attacks) {
    test(`a token with ${what}`, async () => {
      const { filter } = filterWith(set)
      const draft = withToken(token)

      const reply = await answerOf(filter, draft)

      assert.deepEqual([reply?.status, reply?.reason, draft.identity], [401, 'unauthorized', undefined])
    })

    test(`a token with ${what}, after a good one`, async () => {
      const { filter } = filterWith(set)
      await answerOf(filter, withToken(good))

      assert.equal((await answerOf(filter, withToken(token)))?.status, 401)
    })
  }

  test('a secret of another rule, for a rule with public keys', async () => {
    const { filter } = filterWith(set)

    assert.equal((await answerOf(filter, withToken(secretToken('x'.repeat(32), claims))))?.status, 401)
  })

  test('no good token: the control of this suite', async () => {
    const { filter } = filterWith(set)

    assert.equal(await answerOf(filter, withToken(good)), undefined)
  })

  test('every change of one letter of a good token', async () => {
    const { filter } = filterWith(set)
    const passed: number[] = []
    for (let i = 0; i < good.length; i += 1) {
      const changed = `${good.slice(0, i)}${good[i] === 'A' ? 'B' : 'A'}${good.slice(i + 1)}`
      if ((await answerOf(filter, withToken(changed))) === undefined) passed.push(i)
    }

    assert.deepEqual(passed, [])
  })
})

describe('jwt through the gateway', () => {
  const jwt = {
    issuer: 'https://issuer.test',
    jwks: { inline: set },
    forward: { 'x-user': 'sub', 'x-roles': 'roles' },
    token: 'optional',
  }
  const now = claimsAt(Date.now())

  test('never lets headers through that a client sets in the place of claims', async () => {
    await using s = await plainGateway({ route: { filters: [{ jwt }] } })
    const forged = 'X-User: root\r\nx-ROLES: admin\r\nx-user: root\r\nX_User: root\r\nConnection: x-user\r\n'

    for (const token of ['', `Authorization: Bearer ${tokenOf(key, now)}\r\n`])
      await ask(s.port, getRequest('/', forged + token))

    const seen = s.origin.requests.map(({ fields }) =>
      fields.filter(([name]) => /^x.(user|roles)$/i.test(name)).map(([, value]) => value),
    )
    assert.deepEqual(seen, [[], ['ann']])
  })

  test('takes two authorization headers for one bad token', async () => {
    await using s = await plainGateway({ route: { filters: [{ jwt: { ...jwt, token: 'required' } }] } })
    const line = `Authorization: Bearer ${tokenOf(key, now)}\r\n`

    const { status } = await ask(s.port, getRequest('/', line + line))

    assert.deepEqual([status, s.origin.requests.length], [401, 0])
  })

  test('keeps what tokens say out of headers of the answer', async () => {
    await using s = await plainGateway({ route: { filters: [{ jwt }] } })
    const token = tokenOf(key, { ...now, aud: 'x', iss: 'evil"\r\nset-cookie: a=b' })

    const { message } = await ask(s.port, getRequest('/', `Authorization: Bearer ${token}\r\n`))

    assert.doesNotMatch(JSON.stringify(message), /set-cookie|evil/)
  })
})
