import { isObject, parseStrictJson } from '../std/strict-json.ts'

/** Algorithms of signatures (RFC 7518 §3.1, RFC 8037 §3.1) that are checked with a public key. */
export const publicAlgorithms = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
] as const

/** Those whose signatures are made and checked with one shared secret (RFC 7518 §3.2). */
export const secretAlgorithms = ['HS256', 'HS384', 'HS512'] as const

export type PublicAlgorithm = (typeof publicAlgorithms)[number]
export type SecretAlgorithm = (typeof secretAlgorithms)[number]

/** Name of an algorithm, as tokens write it. There is no `none` that could be asked for. */
export type SignatureAlgorithm = PublicAlgorithm | SecretAlgorithm

/** A public key that may check signatures, as a JWK set (RFC 7517) has it. */
export interface PublicJwk {
  /** `undefined` when the key has none. */
  readonly kid: string | undefined
  /** What the key may be used with: its type decides, and its own `alg`; a token only chooses among these. */
  readonly algorithms: readonly PublicAlgorithm[]
  /** The members that make the key, and no others. */
  readonly jwk: Readonly<Record<string, string>>
}

/** What a JWK set holds. */
export interface JwkSet {
  readonly keys: readonly PublicJwk[]
  /** Why the others are left out, each once. */
  readonly skipped: readonly string[]
}

/** More keys than this no issuer has at one time. */
const mostKeys = 64
/** Of a set; one key of RSA takes less than 2 KiB. */
export const longestJwkSet = 262_144

/**
 * Reads a JWK set; text when it is none. Keys that are not for signatures or that we do not know are left out (RFC 7517 §5), and
 * so are private keys and shared secrets: a set that everybody may fetch has none that is worth anything.
 */
export function readJwkSet(text: string): JwkSet | string {
  if (text.length > longestJwkSet) return 'is longer than 256 KiB'
  const value = parseStrictJson(text)
  if (!isObject(value)) return 'is not JSON, or holds a name twice'
  const listed = value['keys']
  if (!Array.isArray(listed)) return 'has no list "keys"'
  if (listed.length > mostKeys) return `has more than ${mostKeys} keys`
  const keys: PublicJwk[] = []
  const skipped = new Set<string>()
  for (const jwk of listed) {
    const key = isObject(jwk) ? readKey(jwk) : 'a key is not a map'
    if (typeof key === 'string') skipped.add(key)
    else keys.push(key)
  }
  if (keys.length === 0)
    return skipped.size === 0 ? 'has no key' : `has no key that can be used: ${[...skipped].join(', ')}`
  return { keys, skipped: [...skipped] }
}

const rsa: readonly PublicAlgorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
const byCurve: ReadonlyMap<unknown, PublicAlgorithm> = new Map([
  ['P-256', 'ES256'],
  ['P-384', 'ES384'],
  ['P-521', 'ES512'],
])

function readKey(jwk: Readonly<Record<string, unknown>>): PublicJwk | string {
  const { kty, kid, use, alg, crv } = jwk
  if (kty === 'oct') return 'a key is a shared secret'
  if (jwk['d'] !== undefined) return 'a key is private'
  if (use !== undefined && use !== 'sig') return 'a key is not for signatures'
  const operations = jwk['key_ops']
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return 'a key is not for signatures'
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > 512)) return 'a kid is not a text'
  const possible = algorithmsOf(kty, crv)
  if (possible === undefined) return 'a key is of a type or curve that is not known here'
  const algorithms = possible.filter((one) => alg === undefined || alg === one || isEd25519(alg, one))
  if (algorithms.length === 0) return 'an alg does not go with its key'
  const members = textsOf(jwk, kty === 'RSA' ? ['kty', 'n', 'e'] : ['kty', 'crv', 'x', 'y'])
  return members === undefined ? 'a part of a key is not a text' : { kid, algorithms, jwk: members }
}

function algorithmsOf(kty: unknown, crv: unknown): readonly PublicAlgorithm[] | undefined {
  if (kty === 'RSA') return rsa
  if (kty === 'OKP') return crv === 'Ed25519' ? ['EdDSA'] : undefined
  const algorithm = kty === 'EC' ? byCurve.get(crv) : undefined
  return algorithm === undefined ? undefined : [algorithm]
}

/** RFC 9864 §2.2 has a name of its own for what RFC 8037 calls EdDSA. */
function isEd25519(alg: unknown, algorithm: PublicAlgorithm): boolean {
  return alg === 'Ed25519' && algorithm === 'EdDSA'
}

function textsOf(
  jwk: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const texts: Record<string, string> = {}
  for (const name of names) {
    const value = jwk[name]
    if (value === undefined) continue
    if (typeof value !== 'string') return undefined
    texts[name] = value
  }
  return texts
}
