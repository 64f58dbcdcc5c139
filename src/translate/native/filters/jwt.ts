import type { JwtKeys, JwtRule, TokenPlace } from '../../../model/filters/jwt.ts'
import { publicAlgorithms, secretAlgorithms } from '../../../model/jwk-set.ts'
import { jwkSet } from '../../format/jwt.ts'
import type { NativeJwt } from '../../schema/filters/jwt.ts'
import type { FilterFiles } from '../filter-files.ts'

/** A check of tokens as the model has it. */
export function jwtRule(native: NativeJwt, files: FilterFiles): JwtRule {
  const { issuer, audience, algorithms, from, claims, clockSkew, token, expiry, forward, upstream } = native
  return {
    issuers: list(issuer),
    audiences: audience === undefined ? [] : list(audience),
    algorithms: algorithms ?? (native.secret === undefined ? publicAlgorithms : secretAlgorithms),
    keys: keysOf(native, files),
    from: from.map(placeOf),
    claims,
    clockSkewMs: clockSkew,
    token,
    expiry,
    forward,
    upstream,
  }
}

/** RFC 7518 §3.2: a key of the size of the hash or larger. */
const shortestSecret = 32

/** Nothing can be signed for it: stands in the place of keys that cannot be read, of a model that never comes to be. */
const noKeys: JwtKeys = { kind: 'set', text: '' }

function keysOf({ jwks, secret }: NativeJwt, files: FilterFiles): JwtKeys {
  if (secret !== undefined) return secretOf(secret, files)
  if (jwks?.url !== undefined) {
    const { url, ca, refresh, stale, unknownKey, timeout } = jwks
    return {
      kind: 'url',
      url,
      ca: ca === undefined ? undefined : files.ca(ca),
      refreshMs: refresh,
      staleMs: stale,
      unknownKeyMs: unknownKey,
      timeoutMs: timeout,
    }
  }
  if (jwks?.file !== undefined) return setOf(jwks.file, files)
  return jwks?.inline === undefined ? noKeys : { kind: 'set', text: jwks.inline }
}

function secretOf(path: string, files: FilterFiles): JwtKeys {
  const material = files.text(path)
  if (material === undefined) return noKeys
  if (material.text.trimEnd().length < shortestSecret)
    files.refuse(path, 'has fewer than 32 bytes', 'make one with "openssl rand -base64 48 > FILE"')
  return { kind: 'secret', material: material.id }
}

function setOf(path: string, files: FilterFiles): JwtKeys {
  const material = files.text(path)
  if (material === undefined) return noKeys
  const text = Buffer.from(material.text, 'latin1').toString('utf8')
  const set = jwkSet.read(text, { env: {}, readSecret: () => undefined })
  if (typeof set !== 'string') {
    files.refuse(path, set.message, set.remedy)
    return noKeys
  }
  return { kind: 'set', text: set }
}

function placeOf({ header, cookie, query }: NativeJwt['from'][number]): TokenPlace {
  if (cookie !== undefined) return { kind: 'cookie', name: cookie }
  return query === undefined
    ? { kind: 'header', name: header ?? 'authorization' }
    : { kind: 'query', name: query }
}

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}
