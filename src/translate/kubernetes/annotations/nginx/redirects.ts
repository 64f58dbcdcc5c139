import type { FilterSpec, Redirect } from '../../../../model/filter-spec.ts'
import { dnsName } from '../../../format/address.ts'
import { Flaw, noSecrets } from '../../../format/flaw.ts'
import { hostPattern } from '../../../format/host.ts'
import { pathText } from '../../../format/path.ts'
import { headerValue } from '../../../format/values.ts'
import type { NginxReader } from './reader.ts'
import { bool, format, list, type Parse, withoutVariables, word } from './values.ts'

/** Redirects, and headers that go upstream. */
export function readRedirects(reader: NginxReader): void {
  readTlsRedirect(reader)
  const codes = word(['301', '302', '303', '307', '308'])
  const permanent = reader.read('permanent-redirect', location)
  const permanentCode = reader.read('permanent-redirect-code', codes)
  const temporal = reader.read('temporal-redirect', location)
  const temporalCode = reader.read('temporal-redirect-code', codes)
  const target = temporal ?? permanent
  if (target !== undefined) {
    const code = temporal === undefined ? (permanentCode ?? '301') : (temporalCode ?? '302')
    reader.filters.after.push({ kind: 'redirect', redirect: { ...target, status: statuses[code] } })
  }
  const prefix = reader.read('x-forwarded-prefix', withoutVariables(format(headerValue)))
  if (prefix !== undefined && prefix !== '') reader.filters.before.push(forwardedPrefix(prefix))
}

const statuses = { 301: 301, 302: 302, 303: 303, 307: 307, 308: 308 } as const

function forwardedPrefix(value: string): FilterSpec {
  return { kind: 'requestHeaders', edit: { remove: [], set: [['x-forwarded-prefix', value]], add: [] } }
}

function readTlsRedirect(reader: NginxReader): void {
  const force = reader.read('force-ssl-redirect', bool)
  const plain = reader.read('ssl-redirect', bool)
  if (force === true) reader.write(['force-ssl-redirect'], ['tlsRedirect'], 'force')
  else if (plain !== undefined) reader.write(['ssl-redirect'], ['tlsRedirect'], plain ? 'on' : 'off')
}

/** Where requests for the root go. */
export function readAppRoot(reader: NginxReader): string | undefined {
  return reader.read('app-root', format(pathText))
}

/** Further hosts. */
export function readAliases(reader: NginxReader): readonly string[] {
  return reader.read('server-alias', list(aliasHost)) ?? []
}

const aliasHost: Parse<string> = (text) => {
  if (text === '*') return new Flaw('is every host', 'write the hosts one by one')
  return text.startsWith('~')
    ? new Flaw('is a regular expression', 'write the hosts one by one')
    : hostPattern.read(text, noSecrets)
}

/** A URL as a redirect has it; `$request_uri` at its end keeps path and query. */
export const location: Parse<Omit<Redirect, 'status'>> = (text) => {
  const parts = /^(https?):\/\/([^/:?#$]+)(?::(\d{1,5}))?(\$request_uri|\/[^$]*)?$/.exec(text)
  const example = '"https://new.example.com/path" or "https://new.example.com$request_uri"'
  if (parts === null) return new Flaw('is not a URL that a redirect can lead to', `write ${example}`)
  const [, scheme, name = '', digits, rest = '/'] = parts
  const host = dnsName.read(name, noSecrets)
  if (host instanceof Flaw) return new Flaw(`has a host that ${host.message}`, host.remedy)
  const port = digits === undefined ? undefined : Number(digits)
  if (port !== undefined && (port === 0 || port > 65_535))
    return new Flaw('has a port that does not exist', `write ${example}`)
  const target = { scheme: scheme === 'https' ? ('https' as const) : ('http' as const), host, port }
  if (rest === '$request_uri') return { ...target, path: undefined, query: 'keep' }
  const path = pathText.read(rest, noSecrets)
  if (path instanceof Flaw) return new Flaw(`has a path that ${path.message}`, path.remedy)
  return { ...target, path: { kind: 'full', value: path }, query: 'drop' }
}
