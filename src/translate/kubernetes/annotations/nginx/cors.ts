import { isToken } from '../../../../http/tokens.ts'
import type { Cors } from '../../../../model/filters/cors.ts'
import { httpOriginPattern } from '../../../format/cors.ts'
import { Flaw } from '../../../format/flaw.ts'
import { hashedHeader } from '../../../format/names.ts'
import type { NginxReader } from './reader.ts'
import { bool, format, list, type Parse, whole } from './values.ts'

/**
 * CORS, with the defaults of ingress-nginx. An annotation of it that cannot be read leaves CORS off: its default would let more in than
 * was asked for.
 */
export function readCors(reader: NginxReader): void {
  const enabled = reader.read('enable-cors', bool)
  const origins = reader.read('cors-allow-origin', list(origin))
  const methods = reader.read('cors-allow-methods', list(method))
  const headers = reader.read('cors-allow-headers', list(header))
  const exposeHeaders = reader.read('cors-expose-headers', list(header))
  const credentials = reader.read('cors-allow-credentials', bool)
  const maxAge = reader.read('cors-max-age', whole(0, 999_999_999))
  if (enabled !== true) return
  const read = { origins, methods, headers, exposeHeaders, credentials, maxAge }
  const isBroken = Object.entries(annotationsOf).some(
    ([key, name]) => read[key as keyof typeof read] === undefined && reader.has(name),
  )
  if (isBroken) return
  const isAnybody = origins === undefined || origins.includes('*')
  const policy: Cors = {
    httpOrigins: isAnybody ? ['*'] : origins,
    methods: methods ?? usualMethods,
    headers: headers ?? usualHeaders,
    exposeHeaders: exposeHeaders ?? [],
    credentials: isAnybody || credentials === false ? 'off' : 'on',
    maxAge: (maxAge ?? 1_728_000) * 1000,
    privateNetwork: 'off',
  }
  if (isAnybody && credentials === true) tellOfCredentials(reader)
  reader.filters.before.unshift({ kind: 'cors', ...(policy.credentials === 'on' ? named(policy) : policy) })
}

const annotationsOf = {
  origins: 'cors-allow-origin',
  methods: 'cors-allow-methods',
  headers: 'cors-allow-headers',
  exposeHeaders: 'cors-expose-headers',
  credentials: 'cors-allow-credentials',
  maxAge: 'cors-max-age',
} as const

const usualMethods = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS']
const usualHeaders =
  'dnt,keep-alive,user-agent,x-requested-with,if-modified-since,cache-control,content-type,range,authorization'.split(
    ',',
  )

/** With credentials browsers take `*` for a name that nothing has, so leaving it out changes nothing. */
function named(policy: Cors): Cors {
  const names = (all: readonly string[]) => all.filter((name) => name !== '*')
  const { methods, headers, exposeHeaders } = policy
  return {
    ...policy,
    methods: names(methods),
    headers: names(headers),
    exposeHeaders: names(exposeHeaders),
  }
}

function tellOfCredentials(reader: NginxReader): void {
  reader.warn('cors-allow-credentials', 'AnnotationDiffers', {
    message:
      'cors-allow-credentials "true" says nothing: browsers take no credentials together with the origin "*"',
    remedy: 'name the origins in cors-allow-origin, or remove it',
  })
}

const origin: Parse<string> = (text) => (text === '*' ? text : format(httpOriginPattern)(text))

const header: Parse<string> = format(hashedHeader)

/** As it is written: browsers compare methods letter by letter. */
const method: Parse<string> = (text) =>
  isToken(text) ? text : new Flaw('is not a method', 'write a method such as "GET"')
