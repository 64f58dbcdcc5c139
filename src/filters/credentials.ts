import { isUtf8 } from 'node:buffer'

/** A user and a password, as a client sent them. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** Of the base64 text. Some hashes take longer for longer passwords, and nobody types 1,000 characters. */
const longest = 1400

/**
 * What follows a scheme in a value of `authorization`, the scheme compared without regard to case; `undefined` for another scheme.
 *
 * @param lowerScheme `basic`.
 */
export function schemeValue(authorization: string, lowerScheme: string): string | undefined {
  const length = lowerScheme.length
  if (authorization.charCodeAt(length) !== 32) return undefined
  if (authorization.slice(0, length).toLowerCase() !== lowerScheme) return undefined
  let start = length + 1
  while (authorization.charCodeAt(start) === 32) start += 1
  return authorization.slice(start)
}

/**
 * Reads credentials of the scheme Basic (RFC 7617 §2): base64 of UTF-8, in which the first colon ends the user. `undefined` for anything
 * else: base64 that has two readings, several header lines in one, a user that is empty, control characters, more than a kilobyte.
 */
export function readBasic(authorization: string): Credentials | undefined {
  if (authorization.length > longest) return undefined
  const encoded = schemeValue(authorization, 'basic')
  if (encoded === undefined || !base64.test(encoded)) return undefined
  const bytes = Buffer.from(encoded, 'base64')
  // What encodes to the same text again has one reading.
  if (!isUtf8(bytes) || bytes.toString('base64').replace(/=+$/, '') !== encoded.replace(/=+$/, ''))
    return undefined
  const text = bytes.toString('utf8')
  const colon = text.indexOf(':')
  if (colon <= 0 || control.test(text)) return undefined
  return { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

const base64 = /^[A-Za-z0-9+/]+={0,2}$/
const control = /\p{Cc}/u
