import { closest } from '../../../std/closest.ts'
import { quoted } from '../../../std/quoted.ts'
import type { NativeFilter } from '../../schema/filter.ts'
import { isForged } from './forged-fields.ts'
import { tokenCheckFlaw } from './native-jwt.ts'
import type { NativeAnnotation } from './native-table.ts'
import { nginxPrefix } from './prefixes.ts'
import type { Told } from './problems.ts'

/** What the schema cannot see in a value of the right form; `undefined` when nothing is wrong. */
export function checkContent(
  { path }: NativeAnnotation,
  value: unknown,
  listeners: ReadonlySet<string>,
): Told | undefined {
  switch (path.join('.')) {
    case 'listeners':
      return unknownListener(value as readonly string[], listeners)
    case 'filters':
      return (
        credentialsIn(value as readonly NativeFilter[]) ??
        questionIn(value as readonly NativeFilter[]) ??
        moduleIn(value as readonly NativeFilter[]) ??
        tooManyLimits(value as readonly NativeFilter[]) ??
        overridesIn(value as readonly NativeFilter[]) ??
        forgedField(value as readonly NativeFilter[]) ??
        tokenCheckFlaw(value as readonly NativeFilter[], isForged)
      )
    default:
      return undefined
  }
}

function unknownListener(named: readonly string[], listeners: ReadonlySet<string>): Told | undefined {
  const unknown = named.find((name) => !listeners.has(name))
  if (unknown === undefined) return undefined
  const near = closest(unknown, listeners)
  return {
    message: `listeners names ${quoted(unknown)}, which is no listener that carries HTTP`,
    remedy: near === undefined ? `write one of ${[...listeners].join(', ')}` : `did you mean "${near}"?`,
  }
}

/** It would name a cluster, whoever's it is. */
function questionIn(filters: readonly NativeFilter[]): Told | undefined {
  const name = filters.some(({ extAuthz }) => extAuthz !== undefined)
    ? 'extAuthz'
    : filters.some(({ forwardAuth }) => forwardAuth !== undefined) && 'forwardAuth'
  if (name === false) return undefined
  return {
    message: `filters has "${name}", which names a cluster of the gateway, and an Ingress cannot do that`,
    remedy: 'write "nginx.ingress.kubernetes.io/auth-url" with the URL of a Service',
  }
}

/** It would run inside of the gateway, with everything that the gateway may do. */
function moduleIn(filters: readonly NativeFilter[]): Told | undefined {
  if (filters.every(({ extension }) => extension === undefined)) return undefined
  return {
    message:
      'filters has "extension", which runs a module inside of the gateway, and an Ingress cannot do that',
    remedy: 'have the operator put the route into the configuration of the gateway',
  }
}

/** As many as one list may have: neighbouring filters are one question, which every request asks and every route prepares. */
const mostLimits = 16

function tooManyLimits(filters: readonly NativeFilter[]): Told | undefined {
  const rules = filters.flatMap(({ rateLimit = [], concurrencyLimit = [] }) =>
    [rateLimit, concurrencyLimit].flat(),
  )
  if (rules.length <= mostLimits) return undefined
  return {
    message: `filters has ${rules.length} rules of "rateLimit" and "concurrencyLimit", and an Ingress may have ${mostLimits}`,
    remedy: 'leave out those that say least',
  }
}

/** Files are those of the gateway. */
function overridesIn(filters: readonly NativeFilter[]): Told | undefined {
  const rules = filters.flatMap(({ rateLimit = [] }) => rateLimit)
  if (rules.every(({ overrides }) => typeof overrides !== 'string')) return undefined
  return {
    message: 'filters has "overrides" in a file of the gateway, which an Ingress cannot name',
    remedy: 'write them here: "overrides: { NAME: RATE }"',
  }
}

/** Everybody who sees the Ingress would see the hashes, and files are those of the gateway. */
function credentialsIn(filters: readonly NativeFilter[]): Told | undefined {
  const named = filters.flatMap((filter) => Object.keys(filter)).find((name) => name in inSecret)
  if (named === undefined) return undefined
  return {
    message: `filters has ${quoted(named)}, which an Ingress cannot have`,
    remedy: inSecret[named] ?? '',
  }
}

const inSecret: Readonly<Record<string, string>> = {
  basicAuth: `write "${nginxPrefix}auth-type: basic" and "${nginxPrefix}auth-secret" with the name of a Secret`,
  apiKey: 'have the operator put the route into the configuration of the gateway',
}

function forgedField(filters: readonly NativeFilter[]): Told | undefined {
  const written = filters.flatMap(({ requestHeaders }) =>
    requestHeaders === undefined ? [] : [...requestHeaders.set, ...requestHeaders.add],
  )
  const forged = written.find(([name]) => isForged(name))
  if (forged === undefined) return undefined
  return {
    message: `filters writes the request header ${quoted(forged[0])}, by which upstreams know who asks`,
    remedy: 'leave it out: the gateway writes it',
  }
}
