import type { FilterSpec, HeaderEdit } from './filter-spec.ts'
import type { Json, JsonMap } from './filters/extension.ts'
import type { RateRule } from './filters/rate-limit.ts'
import type { Route } from './route.ts'
import { printedSecret } from './secret.ts'
import { isSecretName } from './secret-names.ts'

type Pairs = readonly (readonly [name: string, value: string])[]

/** A route as it may be shown: values of headers that are named like secrets, which filters set, are `[secret]`. */
export function hideRouteSecrets(route: Route): Route {
  return route.filters.length === 0 ? route : { ...route, filters: route.filters.map(hideFilterSecrets) }
}

function hideFilterSecrets(filter: FilterSpec): FilterSpec {
  switch (filter.kind) {
    case 'requestHeaders':
    case 'responseHeaders':
      return { ...filter, edit: hideEditSecrets(filter.edit) }
    case 'respond':
      return { ...filter, respond: { ...filter.respond, headers: hideValues(filter.respond.headers) } }
    case 'forwardAuth':
      return { ...filter, target: hideQuerySecrets(filter.target) }
    case 'extAuthz':
      return { ...filter, context: hideValues(filter.context), metadata: hideValues(filter.metadata) }
    case 'jwt':
      return filter.keys.kind === 'url'
        ? { ...filter, keys: { ...filter.keys, url: hideQuerySecrets(filter.keys.url) } }
        : filter
    case 'extension':
      return { ...filter, options: hideMembers(filter.options) }
    case 'rateLimit':
      return { ...filter, rules: filter.rules.map(hideNames) }
    case 'rewrite':
    case 'redirect':
    case 'httpsRedirect':
    case 'refuse':
    case 'concurrencyLimit':
    case 'basicAuth':
    case 'apiKey':
    case 'cors':
    case 'ipRules':
    case 'clientCertificate':
    case 'maintenance':
    case 'compress':
    case 'decompress':
    case 'errorPages':
      return filter
  }
}

/** Who has a limit of their own, where they are told apart by what only they know. */
function hideNames(rule: RateRule): RateRule {
  const [first] = rule.key
  if (first === undefined || !('name' in first) || !isSecretName(first.name)) return rule
  return { ...rule, overrides: rule.overrides.map((one) => ({ ...one, name: printedSecret })) }
}

/** A URL or request target whose query values are `[secret]` where their names say so. */
export function hideQuerySecrets(target: string): string {
  const start = target.indexOf('?')
  if (start < 0) return target
  const pairs = target.slice(start + 1).split('&')
  return `${target.slice(0, start)}?${pairs.map(hidePair).join('&')}`
}

function hidePair(pair: string): string {
  const [name = ''] = pair.split('=', 1)
  return isSecretName(name) && name.length < pair.length ? `${name}=${printedSecret}` : pair
}

function hideEditSecrets(edit: HeaderEdit): HeaderEdit {
  return { remove: edit.remove, set: hideValues(edit.set), add: hideValues(edit.add) }
}

function hideValues(pairs: Pairs): Pairs {
  return pairs.map(([name, value]) => [name, isSecretName(name) ? printedSecret : value] as const)
}

function hideMembers(map: JsonMap): JsonMap {
  const members = Object.entries(map)
  return Object.fromEntries(
    members.map(([key, value]) => [key, isSecretName(key) ? printedSecret : hideIn(value)]),
  )
}

function hideIn(value: Json): Json {
  if (typeof value === 'string') return hideUserInfo(value)
  if (typeof value !== 'object' || value === null) return value
  return isList(value) ? value.map(hideIn) : hideMembers(value)
}

/** A password before the host of a URL (RFC 3986 §3.2.1): extensions are told of databases so. */
function hideUserInfo(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/?#@:]*:)[^/?#]*@/i, `$1${printedSecret}@`)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
