import type { TSchema } from 'typebox'
import { type Keywords, keywordsOf } from '../../read/keywords.ts'
import { text, word } from '../../schema/build.ts'
import { clusterSchema } from '../../schema/cluster.ts'
import { routeSchema } from '../../schema/route.ts'
import { isProtecting, optInReason } from './native-facts.ts'
import { askedTls, askedTlsSettings } from './tls-schema.ts'

/** One annotation `tidegate.dev/…`. */
export interface NativeAnnotation {
  /** Without prefix: `timeouts.per-try`. */
  readonly name: string
  readonly group: 'route' | 'cluster' | 'short'
  /** Where it stands in the native form: `['timeouts', 'perTry']`. */
  readonly path: readonly string[]
  readonly schema: TSchema
  readonly what: string
  /** Why it is refused unless the operator lists it; `undefined` for a safe one. */
  readonly optIn: string | undefined
  /** A wrong value must not open what it was to close. */
  readonly protects: boolean
}

/** Keys of a route that an Ingress says itself. */
const { name: _name, hosts: _hosts, path: _path, to: _to, ...routeParts } = routeSchema.properties
/** Keys of a cluster that a Service says itself; TLS names Secrets here. */
const { endpoints: _endpoints, dns: _dns, tls: _tls, ...clusterParts } = clusterSchema.properties

/** Schemas of everything that annotations may say of a route and of a cluster, by the key of the native form. */
export const partSchemas: Readonly<Record<string, TSchema>> = {
  ...routeParts,
  ...clusterParts,
  tls: askedTls,
  tlsSettings: askedTlsSettings,
}

/** Words of `backend-protocol`, and what they stand for. */
export const backendProtocols = {
  http: { protocol: 'http/1.1', tls: 'off' },
  https: { protocol: 'http/1.1', tls: 'on' },
  h2c: { protocol: 'h2', tls: 'off' },
  grpc: { protocol: 'h2', tls: 'off' },
  grpcs: { protocol: 'h2', tls: 'on' },
  ws: { protocol: 'http/1.1', tls: 'off' },
  wss: { protocol: 'http/1.1', tls: 'on' },
} as const

const shortParts: Readonly<Record<string, TSchema>> = {
  backendProtocol: word(Object.keys(backendProtocols) as (keyof typeof backendProtocols)[], {
    description:
      'What the Service speaks: short for `protocol` and `tls`, which win over it. Without it, `appProtocol` says so.',
  }),
  tlsRedirect: word(['on', 'off', 'force'], {
    description:
      'Whether plain requests are sent to https: `on` as far as the Ingress has `tls`, `force` always. Without it, as the operator set.',
  }),
  tlsSecret: text('objectName', {
    description:
      'A Secret of another namespace, which has to share it, with the certificate for entries of `spec.tls` without `secretName`: the API takes no namespace there.',
    examples: ['pki/wildcard'],
  }),
  serviceUpstream: word(['on', 'off'], {
    default: 'off',
    description: '`on` sends requests to the address of the Service and not to its endpoints.',
  }),
  rewrite: text('pathText', {
    description:
      'Stands in the place of what the path of the rule took: short for a filter `rewrite` before all others.',
    examples: ['/'],
  }),
}

/** Every annotation of ours by its name, parents before their parts. */
export const nativeAnnotations: ReadonlyMap<string, NativeAnnotation> = new Map(
  [
    ...annotationsOf('short', shortParts),
    ...annotationsOf('route', routeParts),
    ...annotationsOf('cluster', { ...clusterParts, tls: askedTls }),
  ].map((annotation) => [annotation.name, annotation]),
)

function annotationsOf(
  group: NativeAnnotation['group'],
  parts: Readonly<Record<string, TSchema>>,
): NativeAnnotation[] {
  return Object.entries(parts).flatMap(([key, schema]) => below(group, [key], schema))
}

function below(
  group: NativeAnnotation['group'],
  path: readonly string[],
  schema: TSchema,
): NativeAnnotation[] {
  const name = path.map(kebab).join('.')
  const { description: what = '' } = keywordsOf(schema)
  const own = { name, group, path, schema, what, optIn: optInReason(name), protects: isProtecting(name) }
  const parts = Object.entries(partsOf(schema)?.properties ?? {})
  return [own, ...parts.flatMap(([key, part]) => below(group, [...path, key], part))]
}

/** The map with known keys that a value of the schema is or may be, unless just one of the keys may be given. */
export function partsOf(schema: TSchema): Keywords | undefined {
  const keywords = keywordsOf(schema)
  if (keywords.properties !== undefined) return keywords.maxProperties === 1 ? undefined : keywords
  for (const one of keywords.anyOf ?? []) {
    const parts = partsOf(one)
    if (parts !== undefined) return parts
  }
  return undefined
}

/** `perTry` as annotations write it: `per-try`. */
export function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
