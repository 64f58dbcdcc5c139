import type { Static } from 'typebox'
import { Flaw } from '../format/flaw.ts'
import {
  either,
  listOf,
  type Mismatch,
  mapOf,
  object,
  oneKey,
  optional,
  scalar,
  text,
  whole,
  word,
} from './build.ts'
import { apiKeySchema } from './filters/api-key.ts'
import { basicAuthSchema } from './filters/basic-auth.ts'
import { clientCertificateSchema } from './filters/client-certificate.ts'
import { compressSchema } from './filters/compress.ts'
import { concurrencyLimitSchema } from './filters/concurrency-limit.ts'
import { corsSchema } from './filters/cors.ts'
import { decompressSchema } from './filters/decompress.ts'
import { errorPagesSchema } from './filters/error-pages.ts'
import { extAuthzSchema } from './filters/ext-authz.ts'
import { checkExtension, extensionParts, extensionSchema } from './filters/extension.ts'
import { forwardAuthSchema } from './filters/forward-auth.ts'
import { ipRulesSchema } from './filters/ip-rules.ts'
import { jwtSchema } from './filters/jwt.ts'
import { maintenanceSchema } from './filters/maintenance.ts'
import { rateLimit } from './filters/rate-limit.ts'

function headerEdit(name: 'editedRequestHeader' | 'editedResponseHeader', side: string) {
  const value = scalar('headerValue', { description: 'One value.' })
  const values = either([value, listOf(value, { description: 'One header line for each.', minItems: 1 })], {
    description: 'A value, or a list for several header lines.',
  })
  const map = (description: string) => mapOf(`${side} headers`, name, values, { default: {}, description })
  return object(
    `an edit of ${side} headers`,
    {
      remove: listOf(text(name, { description: 'A header.' }), {
        default: [],
        description: 'Headers to take away.',
      }),
      set: map('Headers to put in the place of those that are there.'),
      add: map('Headers to put beside those that are there.'),
    },
    { description: `Changes ${side} headers: first \`remove\`, then \`set\`, then \`add\`.` },
  )
}

const pathRewrite = oneKey(
  'a path rewrite',
  {
    prefix: text('pathText', { description: 'Stands in the place of what the path of the route took.' }),
    full: text('pathText', { description: 'Stands in the place of the whole path.' }),
    regex: object(
      'a rewrite by regular expression',
      {
        pattern: text('regex', { description: 'RE2 syntax; every match in the path is replaced.' }),
        replacement: text('replacement', {
          description: 'What replaces a match; `$1` is its first group, `$$` a dollar sign.',
        }),
      },
      { description: 'Replaces parts of the path.' },
    ),
  },
  { description: 'What becomes of the path. The query stays.' },
)

const rewrite = object(
  'a rewrite',
  {
    path: optional(pathRewrite),
    host: optional(text('authority', { description: 'The host header that goes upstream.' })),
  },
  {
    description: 'Changes path and host of the request that goes upstream.',
    check: (rewrite) =>
      rewrite.path === undefined && rewrite.host === undefined
        ? { at: undefined, flaw: new Flaw('changes nothing', 'write "path", "host" or both') }
        : undefined,
  },
)

const redirect = object(
  'a redirect',
  {
    status: whole(301, 308, { default: 302, description: 'One of 301, 302, 303, 307, 308.' }),
    scheme: optional(
      word(['http', 'https'], { description: 'Scheme of the location; without it, the request’s.' }),
    ),
    host: optional(text('dnsName', { description: 'Host of the location; without it, the request’s.' })),
    port: optional(
      whole(1, 65535, {
        description:
          'Port of the location; without it, the scheme’s own when scheme or host changes, else the request’s.',
      }),
    ),
    path: optional(pathRewrite),
    query: word(['keep', 'drop'], { default: 'keep', description: 'Whether the query goes along.' }),
  },
  {
    description: 'Answers with a redirect. Parts that are not given stay as the request had them.',
    check: (redirect) => {
      const flaw = statusFlaw(redirect.status)
      if (flaw !== undefined) return flaw
      const { scheme, host, port, path } = redirect
      if (scheme !== undefined || host !== undefined || port !== undefined || path !== undefined)
        return undefined
      return { at: undefined, flaw: new Flaw('leads to itself', 'write "scheme", "host", "port" or "path"') }
    },
  },
)

const httpsRedirect = object(
  'a redirect to https',
  {
    status: whole(301, 308, {
      default: 308,
      description: 'One of 301, 302, 303, 307, 308; 308 keeps method and body.',
    }),
    port: optional(
      whole(1, 65535, { description: 'Public port of the listener with TLS; without it, 443.' }),
    ),
    except: listOf(text('plainPath', { description: 'How a path begins.' }), {
      default: ['/.well-known/acme-challenge/'],
      description: 'Paths that pass without TLS.',
    }),
  },
  {
    description:
      'Answers plain requests with the same URL under https; requests over TLS pass, and those of which a trusted proxy says so.',
    check: ({ status }) => statusFlaw(status),
  },
)

function statusFlaw(status: number): Mismatch | undefined {
  return [301, 302, 303, 307, 308].includes(status)
    ? undefined
    : { at: 'status', flaw: new Flaw('is not a redirect', 'write 301, 302, 303, 307 or 308') }
}

const respond = object(
  'a fixed response',
  {
    status: whole(200, 599, { default: 200, description: 'Status of the response.' }),
    headers: mapOf(
      'response headers',
      'editedResponseHeader',
      scalar('headerValue', { description: 'The value.' }),
      {
        default: {},
        description: 'Headers of the response.',
      },
    ),
    body: text('bodyText', {
      default: '',
      description: 'Body of the response, sent as UTF-8; at most 64 KiB.',
    }),
  },
  {
    description: 'Answers with a response of the gateway’s own.',
    check: (respond) =>
      respond.body !== '' && [204, 205, 304].includes(respond.status)
        ? {
            at: 'body',
            flaw: new Flaw(
              `cannot go with status ${respond.status}`,
              'leave the body out, or write another status',
            ),
          }
        : undefined,
  },
)

export const filterSchema = oneKey(
  'a filter',
  {
    requestHeaders: headerEdit('editedRequestHeader', 'request'),
    responseHeaders: headerEdit('editedResponseHeader', 'response'),
    rewrite,
    redirect,
    respond,
    httpsRedirect,
    jwt: jwtSchema,
    rateLimit,
    concurrencyLimit: concurrencyLimitSchema,
    basicAuth: basicAuthSchema,
    apiKey: apiKeySchema,
    forwardAuth: forwardAuthSchema,
    extAuthz: extAuthzSchema,
    cors: corsSchema,
    ipRules: ipRulesSchema,
    clientCertificate: clientCertificateSchema,
    maintenance: maintenanceSchema,
    compress: compressSchema,
    decompress: decompressSchema,
    errorPages: errorPagesSchema,
    extension: extensionSchema,
  },
  {
    description: 'One step of a route.',
    beside: { key: 'extension', parts: extensionParts },
    check: checkExtension,
  },
)

export type NativeFilter = Static<typeof filterSchema>
export type NativeHeaderEdit = NonNullable<NativeFilter['requestHeaders']>
export type NativePathRewrite = Static<typeof pathRewrite>
