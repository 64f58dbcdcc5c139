import { stringify } from 'yaml'
import { hideRouteSecrets } from './hide-secrets.ts'
import type { Model } from './model.ts'
import type { Origin } from './origin.ts'
import { printPlace } from './problem.ts'
import type { RedisStore } from './redis-store.ts'
import { printedSecret, type SecretReference } from './secret.ts'
import type { Certificate } from './tls.ts'

/**
 * The model as text for people and for comparing: everything in its canonical order, with defaults filled in. Times are in
 * milliseconds, dates as ISO 8601 has them, sizes in bytes; where a piece came from stands as `shop.yaml:12:3`, a secret as `[secret]`.
 */
export function printModel(model: Model, format: 'yaml' | 'json'): string {
  const printed = printable(model)
  if (format === 'json') return `${JSON.stringify(printed, undefined, 2)}\n`
  return stringify(printed, { aliasDuplicateObjects: false, lineWidth: 0 })
}

/** The model as a value to put into JSON: what `printModel` prints. */
export function printable(model: Model): Readonly<Record<string, unknown>> {
  const { hash, settings, listeners, routes, clusters } = model
  const { admin, redis } = settings
  const token = admin.token === undefined ? undefined : printedSecret
  return {
    hash,
    settings: {
      ...settings,
      admin: { ...admin, token },
      redis: redis === undefined ? undefined : withoutPasswords(redis),
    },
    listeners: listeners.map((listener) => withPlace(withCertificates(listener))),
    routes: routes.map((route) => withPlace(hideRouteSecrets(route))),
    clusters: clusters.map((cluster) => withPlace(withCertificates(cluster))),
  }
}

/** Where its passwords are kept is nobody's business either. */
function withoutPasswords(redis: RedisStore): object {
  const { place } = redis
  return { ...withoutPassword(redis), place: place.kind === 'sentinel' ? withoutPassword(place) : place }
}

function withoutPassword(of: { readonly password: SecretReference | undefined }): object {
  return { ...of, password: of.password === undefined ? undefined : printedSecret }
}

/** A piece whose certificates, however deep, have their places and dates as text. */
function withCertificates<T extends { readonly tls: unknown }>(piece: T): T {
  return piece.tls === undefined ? piece : { ...piece, tls: readable(piece.tls) }
}

function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable)
  if (typeof value !== 'object' || value === null) return value
  if (isCertificate(value)) {
    const { origin, notBefore, notAfter } = value
    return { ...value, origin: printPlace(origin), notBefore: dateOf(notBefore), notAfter: dateOf(notAfter) }
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, readable(part)]))
}

function isCertificate(value: object): value is Certificate {
  return 'fingerprint' in value && 'origin' in value
}

function dateOf(time: number): string {
  return new Date(time).toISOString()
}

function withPlace<T extends { readonly origin: Origin }>(
  piece: T,
): Omit<T, 'origin'> & { readonly origin: string } {
  return { ...piece, origin: printPlace(piece.origin) }
}
