import { stringify } from 'yaml'
import { hideRouteSecrets } from './hide-secrets.ts'
import type { Model } from './model.ts'
import type { Origin } from './origin.ts'
import { printPlace } from './problem.ts'
import { printedSecret } from './secret.ts'

/**
 * The model as text for people and for comparing: everything in its canonical order, with defaults filled in. Times are in
 * milliseconds, sizes in bytes; where a piece came from stands as `shop.yaml:12:3`, a secret as `[secret]`.
 */
export function printModel(model: Model, format: 'yaml' | 'json'): string {
  const printed = printable(model)
  if (format === 'json') return `${JSON.stringify(printed, undefined, 2)}\n`
  return stringify(printed, { aliasDuplicateObjects: false, lineWidth: 0 })
}

/** The model as a value to put into JSON: what `printModel` prints. */
export function printable(model: Model): Readonly<Record<string, unknown>> {
  const { hash, settings, listeners, routes, clusters } = model
  const { admin } = settings
  const token = admin.token === undefined ? undefined : printedSecret
  return {
    hash,
    settings: { ...settings, admin: { ...admin, token } },
    listeners: listeners.map(withPlace),
    routes: routes.map((route) => withPlace(hideRouteSecrets(route))),
    clusters: clusters.map(withPlace),
  }
}

function withPlace<T extends { readonly origin: Origin }>(
  piece: T,
): Omit<T, 'origin'> & { readonly origin: string } {
  return { ...piece, origin: printPlace(piece.origin) }
}
