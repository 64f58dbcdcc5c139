import {
  constants,
  createHmac,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import {
  type JwkSet,
  type PublicAlgorithm,
  type PublicJwk,
  readJwkSet,
  type SecretAlgorithm,
  type SignatureAlgorithm,
} from '../../model/jwk-set.ts'

/** A key together with an algorithm that it may be used with: what a signature is checked by. Never made from a token. */
export interface Verifier {
  readonly kid: string | undefined
  readonly algorithm: SignatureAlgorithm
  /** @param signed latin1 bytes of `header.payload`. */
  isSigned(signed: Buffer, signature: Buffer): boolean
}

/** The keys of an issuer as they are now: another set is another object, which is how what was checked with the old one is told apart. */
export interface KeySet {
  readonly verifiers: readonly Verifier[]
  /** Why keys were left out. */
  readonly skipped: readonly string[]
}

/** So many keys are tried for one token: the cost of a forged one stays bounded. */
export const mostTries = 4

/** Makes keys of a JWK set; text when there is none to be made. Some 50 µs for each key. */
export function keySetOf(text: string): KeySet | string {
  const set = readJwkSet(text)
  return typeof set === 'string' ? set : madeOf(set)
}

function madeOf({ keys, skipped }: JwkSet): KeySet | string {
  const verifiers: Verifier[] = []
  const flaws = new Set(skipped)
  for (const jwk of keys) {
    const key = publicKey(jwk)
    if (typeof key === 'string') flaws.add(key)
    else for (const algorithm of jwk.algorithms) verifiers.push(verifierOf(jwk.kid, algorithm, key))
  }
  return verifiers.length === 0
    ? `has no key that can be used: ${[...flaws].join(', ')}`
    : { verifiers, skipped: [...flaws] }
}

const digests: readonly (readonly [SecretAlgorithm, string])[] = [
  ['HS256', 'sha256'],
  ['HS384', 'sha384'],
  ['HS512', 'sha512'],
]

/** A shared secret as the only key: it is for HMAC alone, and nothing else is ever a key for HMAC. */
export function secretKeys(secret: Buffer): KeySet {
  const key = createSecretKey(secret)
  const verifiers = digests.map(([algorithm, digest]): Verifier => {
    return {
      kid: undefined,
      algorithm,
      isSigned(signed, signature) {
        const expected = createHmac(digest, key).update(signed).digest()
        return expected.length === signature.length && timingSafeEqual(expected, signature)
      },
    }
  })
  return { verifiers, skipped: [] }
}

/**
 * The verifiers that a token may mean, at most four. The algorithm decides together with the key, so that no key is ever used
 * otherwise than its set allows. A token without `kid` may mean every key.
 */
export function candidates(
  keys: KeySet,
  kid: string | undefined,
  algorithm: SignatureAlgorithm,
): readonly Verifier[] {
  return keys.verifiers
    .filter((one) => one.algorithm === algorithm && (kid === undefined || one.kid === kid || isSecret(one)))
    .slice(0, mostTries)
}

/** A secret is the only one of its set, whatever a token calls it. */
function isSecret({ algorithm }: Verifier): boolean {
  return algorithm.startsWith('HS')
}

/** RFC 7518 §3.3: 2048 bits or more. More than 8192 take milliseconds for each token. */
const [fewestBits, mostBits] = [2048, 8192]

function publicKey({ jwk }: PublicJwk): KeyObject | string {
  let key: KeyObject
  try {
    key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  } catch {
    return 'the numbers of a key make no key'
  }
  const bits = key.asymmetricKeyDetails?.modulusLength
  return bits !== undefined && (bits < fewestBits || bits > mostBits) ? `a key of RSA has ${bits} bits` : key
}

function verifierOf(kid: string | undefined, algorithm: PublicAlgorithm, key: KeyObject): Verifier {
  const { digest, length, options } = howTo(algorithm, key)
  return {
    kid,
    algorithm,
    isSigned: (signed, signature) =>
      (length === undefined || signature.length === length) && verify(digest, signed, options, signature),
  }
}

interface HowTo {
  readonly digest: string | null
  /** Of the signature; `undefined` where the key decides. */
  readonly length: number | undefined
  readonly options: Parameters<typeof verify>[2]
}

/** RFC 7518 §3.3–3.5, RFC 8037 §3.1. */
function howTo(algorithm: PublicAlgorithm, key: KeyObject): HowTo {
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  const raw = { key, dsaEncoding: 'ieee-p1363' } as const
  const pkcs = { key, padding: constants.RSA_PKCS1_PADDING }
  switch (algorithm) {
    case 'ES256':
      return { digest: 'sha256', length: 64, options: raw }
    case 'ES384':
      return { digest: 'sha384', length: 96, options: raw }
    case 'ES512':
      return { digest: 'sha512', length: 132, options: raw }
    case 'RS256':
      return { digest: 'sha256', length: undefined, options: pkcs }
    case 'RS384':
      return { digest: 'sha384', length: undefined, options: pkcs }
    case 'RS512':
      return { digest: 'sha512', length: undefined, options: pkcs }
    case 'PS256':
      return { digest: 'sha256', length: undefined, options: pss }
    case 'PS384':
      return { digest: 'sha384', length: undefined, options: pss }
    case 'PS512':
      return { digest: 'sha512', length: undefined, options: pss }
    case 'EdDSA':
      return { digest: null, length: 64, options: { key } }
  }
}
