import {
  constants,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
} from 'node:crypto'

/** A key pair of an issuer, made once for all tests of a process. */
export interface IssuerKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: KeyObject
  /** As it stands in a JWK set. */
  readonly jwk: Readonly<Record<string, unknown>>
}

const makers: Readonly<Record<string, () => { privateKey: KeyObject; publicKey: KeyObject }>> = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
  RSA: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
}

/** @param alg the `alg` of the JWK too. */
export function issuerKey(alg: string, kid: string): IssuerKey {
  const make = makers[alg] ?? makers['RSA']
  if (make === undefined) throw new Error(`no maker for ${alg}`)
  const { privateKey, publicKey } = make()
  return { kid, alg, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } }
}

export function jwkSetOf(...keys: readonly Pick<IssuerKey, 'jwk'>[]): string {
  return JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })
}

/** What a token of tests says unless told otherwise. @param wall milliseconds since 1970. */
export function claimsAt(wall: number, more: Readonly<Record<string, unknown>> = {}): object {
  const seconds = Math.floor(wall / 1000)
  return { iss: 'https://issuer.test', aud: 'shop', sub: 'ann', iat: seconds, exp: seconds + 600, ...more }
}

/** A signed token; header and payload may be text, for what no library writes. */
export function tokenOf(
  key: Pick<IssuerKey, 'kid' | 'alg' | 'privateKey'>,
  payload: object | string,
  header: object | string = { alg: key.alg, kid: key.kid, typ: 'JWT' },
): string {
  const signed = `${part(header)}.${part(payload)}`
  return `${signed}.${signatureOf(key.alg, signed, key.privateKey).toString('base64url')}`
}

/** A token signed with a shared secret. */
export function secretToken(secret: Buffer | string, payload: object, alg = 'HS256'): string {
  const signed = `${part({ alg, typ: 'JWT' })}.${part(payload)}`
  const digest = `sha${alg.slice(2)}`
  return `${signed}.${createHmac(digest, secret).update(signed).digest('base64url')}`
}

export function part(value: object | string | Buffer): string {
  const bytes = typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)
  return Buffer.from(bytes as string).toString('base64url')
}

function signatureOf(alg: string, signed: string, key: KeyObject): Buffer {
  const data = Buffer.from(signed)
  const digest = alg === 'EdDSA' ? null : `sha${alg.slice(2)}`
  const options: SignKeyObjectInput = alg.startsWith('PS')
    ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { key, dsaEncoding: 'ieee-p1363' }
  return sign(digest, data, options)
}
