import { isUtf8 } from 'node:buffer'
import { publicAlgorithms, type SignatureAlgorithm, secretAlgorithms } from '../../model/jwk-set.ts'
import { ownText } from '../../std/own-text.ts'
import { isObject, parseStrictJson } from '../../std/strict-json.ts'

/** A token that has the form of a signed JWT, and of which nothing is proved yet. */
export interface ParsedToken {
  readonly algorithm: SignatureAlgorithm
  readonly kid: string | undefined
  /** The members of the payload. */
  readonly claims: ReadonlyMap<string, unknown>
  readonly signed: Buffer
  readonly signature: Buffer
}

/** Longer tokens are refused before anything is done with them. A request head has 16 KiB by default. */
export const longestToken = 8192

/**
 * Reads a token in the compact form (RFC 7515 §7.1), strictly: base64url without padding and in its one canonical form, JSON in
 * UTF-8 that names nothing twice, a known `alg`, and nothing that would have to be understood. What a header says of keys
 * (`jku`, `jwk`, `x5u`, `x5c`) is never looked at.
 *
 * @param known headers that were read before, by their text: an issuer writes few.
 * @returns text when it is not one: what is wrong.
 */
export function parseToken(token: string, known: HeaderMemory): ParsedToken | string {
  if (token.length > longestToken) return `is longer than ${longestToken} characters`
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  if (first <= 0 || second < 0 || token.indexOf('.', second + 1) >= 0) return 'is not three parts'
  const header = known.read(token.slice(0, first))
  if (typeof header === 'string') return header
  const payload = decode(token.slice(first + 1, second))
  const signature = decode(token.slice(second + 1))
  if (payload === undefined || signature === undefined) return 'is not base64url'
  if (signature.length === 0) return 'has no signature'
  const claims = readObject(payload)
  if (claims === undefined) return 'has a payload that is no JSON object, or names a claim twice'
  return {
    algorithm: header.algorithm,
    kid: header.kid,
    claims: new Map(Object.entries(claims)),
    signed: Buffer.from(token.slice(0, second), 'latin1'),
    signature,
  }
}

interface TokenHeader {
  readonly algorithm: SignatureAlgorithm
  readonly kid: string | undefined
}

const mostHeaders = 64
const longestHeader = 1024

/** Headers that were read, by their text; strangers can fill it, and it starts anew then. */
export class HeaderMemory {
  readonly #byText = new Map<string, TokenHeader>()

  /** Text when it cannot be used: what is wrong. */
  read(text: string): TokenHeader | string {
    const known = this.#byText.get(text)
    if (known !== undefined) return known
    if (text.length > longestHeader) return `has a header longer than ${longestHeader} characters`
    const header = readHeader(text)
    if (typeof header === 'string') return header
    if (this.#byText.size === mostHeaders) this.#byText.clear()
    this.#byText.set(ownText(text), header)
    return header
  }
}

function readHeader(text: string): TokenHeader | string {
  const bytes = decode(text)
  if (bytes === undefined) return 'has a header that is not base64url'
  const header = readObject(bytes)
  if (header === undefined) return 'has a header that is no JSON object, or names something twice'
  const { alg, kid, typ } = header
  // RFC 7515 §4.1.11: whoever does not understand it refuses. We understand no extension.
  if (Object.hasOwn(header, 'crit')) return 'has a header with "crit"'
  if (Object.hasOwn(header, 'b64') || Object.hasOwn(header, 'zip') || Object.hasOwn(header, 'enc'))
    return 'has a header with "b64", "zip" or "enc"'
  if (kid !== undefined && typeof kid !== 'string') return 'has a kid that is not a text'
  if (typ !== undefined && !isTokenType(typ)) return 'has a typ that is none of an access token'
  const algorithm = algorithmOf(alg)
  return algorithm === undefined ? 'has an alg that is not known here' : { algorithm, kid }
}

const algorithms: readonly SignatureAlgorithm[] = [...publicAlgorithms, ...secretAlgorithms]

/** RFC 7519 §5.1, RFC 9068 §2.1; others, such as `logout+jwt` or `secevent+jwt`, are tokens for something else (RFC 8725 §3.11). */
function isTokenType(typ: unknown): boolean {
  if (typeof typ !== 'string') return false
  const name = typ.toLowerCase().replace(/^application\//, '')
  return name === 'jwt' || name === 'at+jwt'
}

function algorithmOf(alg: unknown): SignatureAlgorithm | undefined {
  // RFC 9864 §2.2
  if (alg === 'Ed25519') return 'EdDSA'
  return algorithms.find((name) => name === alg)
}

function readObject(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  if (!isUtf8(bytes)) return undefined
  const value = parseStrictJson(bytes.toString('utf8'))
  return isObject(value) ? value : undefined
}

/** `undefined` unless encoding gives the same text again: Node's decoder skips what it does not know, and spare bits. */
function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}
