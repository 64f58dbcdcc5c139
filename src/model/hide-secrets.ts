import type { FilterSpec, HeaderEdit } from './filter-spec.ts'
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
    case 'rewrite':
    case 'redirect':
    case 'httpsRedirect':
    case 'refuse':
    case 'jwt':
    case 'rateLimit':
    case 'basicAuth':
    case 'apiKey':
    case 'forwardAuth':
    case 'cors':
    case 'ipRules':
    case 'clientCertificate':
    case 'maintenance':
    case 'errorPages':
      return filter
  }
}

function hideEditSecrets(edit: HeaderEdit): HeaderEdit {
  return { remove: edit.remove, set: hideValues(edit.set), add: hideValues(edit.add) }
}

function hideValues(pairs: Pairs): Pairs {
  return pairs.map(([name, value]) => [name, isSecretName(name) ? printedSecret : value] as const)
}
