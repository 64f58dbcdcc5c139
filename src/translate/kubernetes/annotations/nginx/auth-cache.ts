import type { StatusLifetime, VerdictCache, VerdictKeyPart } from '../../../../model/filters/verdict-cache.ts'
import { quoted } from '../../../../std/quoted.ts'
import type { Ms } from '../../../../std/units.ts'
import { Flaw, noSecrets } from '../../../format/flaw.ts'
import { cookieName, hashedHeader } from '../../../format/names.ts'
import type { NginxReader } from './reader.ts'
import { list, type Parse } from './values.ts'

/** Which verdicts of `auth-url` are remembered. What cannot be said here is told, and none is then. */
export function readAuthCache(reader: NginxReader): VerdictCache | undefined {
  const key = reader.read('auth-cache-key', cacheKey)
  const lifetimes = reader.has('auth-cache-duration')
    ? reader.read('auth-cache-duration', list(lifetimesOf))?.flat()
    : usualLifetimes
  if (reader.has('auth-cache-duration') && !reader.has('auth-cache-key'))
    reader.warn('auth-cache-duration', 'AnnotationDiffers', {
      message: 'auth-cache-duration says nothing without auth-cache-key',
      remedy: 'add "auth-cache-key", or remove it',
    })
  return key === undefined || lifetimes === undefined ? undefined : { key, lifetimes }
}

/** `200 202 401 5m`, as in ingress-nginx. */
const usualLifetimes: readonly StatusLifetime[] = [200, 202, 401].map((status) => ({
  from: status,
  to: status,
  holds: 300_000,
}))

const variables: Readonly<Record<string, VerdictKeyPart>> = {
  remote_addr: { kind: 'client-ip' },
  host: { kind: 'host' },
  http_host: { kind: 'host' },
  best_http_host: { kind: 'host' },
  request_method: { kind: 'method' },
  scheme: { kind: 'scheme' },
  pass_access_scheme: { kind: 'scheme' },
  uri: { kind: 'path' },
  request_uri: { kind: 'uri' },
  // The user of `Basic` credentials: it is said by this header, and by no other.
  remote_user: { kind: 'header', name: 'authorization' },
}

const cacheKey: Parse<VerdictCache['key']> = (text) => {
  const parts = new Map<string, VerdictKeyPart>()
  for (const [whole, braced, plain] of text.matchAll(/\$(?:\{(\w*)\}|(\w*))/g)) {
    const part = partOf(braced ?? plain ?? '')
    if (part === undefined)
      return new Flaw(
        `holds ${quoted(whole, 40)}, which is not known here, so that no verdict is remembered`,
        'write variables such as $http_authorization, $cookie_NAME, $host, $request_uri, $request_method, $remote_addr',
      )
    parts.set(JSON.stringify(part), part)
  }
  if (parts.size > mostParts)
    return new Flaw('has too many variables, so that no verdict is remembered', `write at most ${mostParts}`)
  return parts.size > 0
    ? [...parts.values()]
    : new Flaw(
        'holds no variable: one verdict would be that of everybody, so that none is remembered',
        'write a variable such as $http_authorization',
      )
}

const mostParts = 8

function partOf(variable: string): VerdictKeyPart | undefined {
  if (Object.hasOwn(variables, variable)) return variables[variable]
  const [, kind, rest = ''] = /^(http|cookie)_(\w+)$/.exec(variable) ?? []
  if (kind === undefined) return undefined
  const name =
    kind === 'http'
      ? hashedHeader.read(rest.replaceAll('_', '-'), noSecrets)
      : cookieName.read(rest, noSecrets)
  if (name instanceof Flaw) return undefined
  return kind === 'http' ? { kind: 'header', name } : { kind: 'cookie', name }
}

const unitMs: Readonly<Record<string, Ms>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const longest: Ms = 86_400_000
/** What `proxy_cache_valid` of nginx means without statuses. */
const withoutStatuses = [200, 301, 302]

const lifetimesOf: Parse<readonly StatusLifetime[]> = (text) => {
  const parts = /^((?:\d{3} +)*)(\d{1,9})(ms|s|m|h|d)$/.exec(text)
  if (parts === null)
    return new Flaw('is not statuses and a time, so that no verdict is remembered', 'write "200 202 401 5m"')
  const [, named = '', count, unit = ''] = parts
  const holds = Number(count) * (unitMs[unit] ?? 0)
  if (holds > longest)
    return new Flaw('is longer than a day, so that no verdict is remembered', 'write "1d" or less')
  const statuses = named === '' ? withoutStatuses : named.trim().split(/ +/).map(Number)
  return statuses.map((status) => ({ from: status, to: status, holds }))
}
