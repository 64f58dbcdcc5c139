import { utf8Bytes } from '../../http/query.ts'
import { isFieldValue } from '../../http/tokens.ts'
import type { JwtRule, RequiredClaim } from '../../model/filters/jwt.ts'
import { isObject } from '../../std/strict-json.ts'

/** The members of a token's payload. */
export type Claims = ReadonlyMap<string, unknown>

/** What the gateway goes by. */
export interface Registered {
  /** `""` when it has none. */
  readonly subject: string
  /** Seconds since 1970; `Infinity` when it never ends. */
  readonly expires: number
  /** Seconds since 1970; `-Infinity` when it was always good. */
  readonly begins: number
}

/** Subjects name somebody in logs and as keys of limits. */
const longestSubject = 512
const control = /\p{Cc}/u

/** The registered claims (RFC 7519 §4.1), each of its type; text when one is not: what is wrong. */
export function registeredClaims(claims: Claims): Registered | string {
  const expires = claims.get('exp') ?? Infinity
  const begins = claims.get('nbf') ?? -Infinity
  const subject = claims.get('sub') ?? ''
  // Own members that say null are looked at as what they are.
  if (typeof expires !== 'number' || claims.get('exp') === null) return 'has an exp that is not a number'
  if (typeof begins !== 'number' || claims.get('nbf') === null) return 'has an nbf that is not a number'
  if (typeof subject !== 'string' || claims.get('sub') === null) return 'has a sub that is not a text'
  if (subject.length > longestSubject || control.test(subject))
    return `has a sub that is longer than ${longestSubject} characters or holds a control character`
  return { subject, expires, begins }
}

/** What is wrong with the time of a token; `undefined` when nothing is. RFC 7519 §4.1.4, §4.1.5. */
export function timeFlaw(
  { expires, begins }: Registered,
  { clockSkewMs, expiry }: Pick<JwtRule, 'clockSkewMs' | 'expiry'>,
  wall: number,
): string | undefined {
  if (expires === Infinity && expiry === 'required') return 'has no exp'
  if (wall - clockSkewMs >= expires * 1000) return 'has expired'
  return wall + clockSkewMs < begins * 1000 ? 'is not good yet' : undefined
}

/** Whether it is from the issuer and for us; `undefined` when it is. */
export function partiesFlaw(
  claims: Claims,
  { issuers, audiences }: Pick<JwtRule, 'issuers' | 'audiences'>,
): string | undefined {
  const issuer = claims.get('iss')
  if (typeof issuer !== 'string' || !issuers.includes(issuer)) return 'is from another issuer'
  if (audiences.length === 0) return undefined
  const audience = claims.get('aud')
  const named = Array.isArray(audience) ? audience : [audience]
  return named.some((one) => typeof one === 'string' && audiences.includes(one))
    ? undefined
    : 'is for another audience'
}

/** Whether a claim says what is asked of it. */
export function hasClaim(claims: Claims, { claim, values, match }: RequiredClaim): boolean {
  const found = claimAt(claims, claim)
  const said = Array.isArray(found) ? found.map(textOf) : wordsOf(claim, textOf(found))
  return match === 'all'
    ? values.every((value) => said.includes(value))
    : values.some((value) => said.includes(value))
}

/**
 * A claim as the value of a header, in bytes; a list as its items with `,` between. `undefined` where a header cannot say it:
 * maps, items that hold a comma, control characters, and what is longer than 4,096 bytes.
 */
export function claimField(claims: Claims, claim: string): string | undefined {
  const found = claimAt(claims, claim)
  const value = Array.isArray(found) ? joined(found.map(textOf)) : textOf(found)
  if (value === undefined) return undefined
  const bytes = utf8Bytes(value)
  return bytes.length <= 4096 && bytes.trim() === bytes && isFieldValue(bytes) ? bytes : undefined
}

function joined(items: readonly (string | undefined)[]): string | undefined {
  return items.every((item) => item !== undefined && item !== '' && !item.includes(','))
    ? items.join(',')
    : undefined
}

/** The claim of that very name, else what the path leads to: names of claims may hold dots (`https://a.test/roles`). */
function claimAt(claims: Claims, path: string): unknown {
  if (claims.has(path) || !path.includes('.')) return claims.get(path)
  const [first = '', ...rest] = path.split('.')
  let value = claims.get(first)
  for (const name of rest) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
  return value
}

function wordsOf(claim: string, text: string | undefined): readonly (string | undefined)[] {
  return claim === 'scope' || claim === 'scp' ? (text?.split(' ') ?? []) : [text]
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}
