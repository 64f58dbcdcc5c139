import type { FilterSpec, HeaderEdit, PathRewrite } from '../../model/filter-spec.ts'
import { unreachable } from '../../std/assert.ts'
import type { NativeFilter, NativeHeaderEdit, NativePathRewrite } from '../schema/filter.ts'
import type { FilterFiles } from './filter-files.ts'
import { apiKeySpec } from './filters/api-key.ts'
import { basicAuthSpec } from './filters/basic-auth.ts'
import { concurrencySpec } from './filters/concurrency-limit.ts'
import { corsSpec } from './filters/cors.ts'
import { extAuthzSpec } from './filters/ext-authz.ts'
import { extensionSpec } from './filters/extension.ts'
import { forwardAuthSpec } from './filters/forward-auth.ts'
import { jwtRule } from './filters/jwt.ts'
import { rateLimitSpec } from './filters/rate-limit.ts'

/** A filter as the model has it. */
export function filterSpec(native: NativeFilter, files: FilterFiles): FilterSpec {
  const { requestHeaders, responseHeaders, rewrite, redirect, respond, httpsRedirect } = native
  if (requestHeaders !== undefined) return { kind: 'requestHeaders', edit: headerEdit(requestHeaders) }
  if (responseHeaders !== undefined) return { kind: 'responseHeaders', edit: headerEdit(responseHeaders) }
  if (rewrite !== undefined) return { kind: 'rewrite', path: pathRewrite(rewrite.path), host: rewrite.host }
  if (respond !== undefined) return { kind: 'respond', respond }
  if (native.jwt !== undefined) return { kind: 'jwt', ...jwtRule(native.jwt, files) }
  if (httpsRedirect !== undefined) {
    const { port, except } = httpsRedirect
    return { kind: 'httpsRedirect', status: redirectStatus(httpsRedirect.status), port, except }
  }
  if (native.errorPages !== undefined) return { kind: 'errorPages', pages: native.errorPages }
  if (native.clientCertificate !== undefined)
    return { kind: 'clientCertificate', ...native.clientCertificate }
  if (native.ipRules !== undefined) return { kind: 'ipRules', ...native.ipRules }
  if (native.compress !== undefined) return { kind: 'compress', ...native.compress }
  if (native.decompress !== undefined) return { kind: 'decompress', ...native.decompress }
  if (native.maintenance !== undefined) return { kind: 'maintenance', ...native.maintenance }
  if (native.basicAuth !== undefined) return { kind: 'basicAuth', ...basicAuthSpec(native.basicAuth, files) }
  if (native.apiKey !== undefined) return { kind: 'apiKey', ...apiKeySpec(native.apiKey, files) }
  if (native.extension !== undefined)
    return { kind: 'extension', ...extensionSpec(native, native.extension, files) }
  if (native.cors !== undefined) return { kind: 'cors', ...corsSpec(native.cors) }
  if (native.extAuthz !== undefined) return { kind: 'extAuthz', ...extAuthzSpec(native.extAuthz) }
  if (native.forwardAuth !== undefined) return { kind: 'forwardAuth', ...forwardAuthSpec(native.forwardAuth) }
  if (native.concurrencyLimit !== undefined)
    return { kind: 'concurrencyLimit', ...concurrencySpec(native.concurrencyLimit) }
  if (native.rateLimit !== undefined) return { kind: 'rateLimit', ...rateLimitSpec(native.rateLimit, files) }
  if (redirect === undefined) return unreachable(redirect as never)
  const { status, scheme, host, port, path, query } = redirect
  return {
    kind: 'redirect',
    redirect: { status: redirectStatus(status), scheme, host, port, path: pathRewrite(path), query },
  }
}

/** Whether what it becomes depends on what a file holds. */
export function namesFile({ basicAuth, apiKey, jwt, extension, rateLimit = [] }: NativeFilter): boolean {
  return (
    extension !== undefined ||
    jwt !== undefined ||
    basicAuth !== undefined ||
    apiKey !== undefined ||
    [rateLimit].flat().some(({ overrides }) => typeof overrides === 'string')
  )
}

function headerEdit({ remove, set, add }: NativeHeaderEdit): HeaderEdit {
  return { remove, set: lines(set), add: lines(add) }
}

function lines(entries: NativeHeaderEdit['set']): HeaderEdit['set'] {
  return entries.flatMap(([name, values]) =>
    (typeof values === 'string' ? [values] : values).map((value) => [name, value] as const),
  )
}

function pathRewrite(native: NativePathRewrite | undefined): PathRewrite | undefined {
  if (native?.prefix !== undefined) return { kind: 'prefix', value: native.prefix }
  if (native?.full !== undefined) return { kind: 'full', value: native.full }
  return native?.regex === undefined ? undefined : { kind: 'regex', ...native.regex }
}

function redirectStatus(status: number): 301 | 302 | 303 | 307 | 308 {
  switch (status) {
    case 301:
    case 303:
    case 307:
    case 308:
      return status
    default:
      return 302
  }
}
