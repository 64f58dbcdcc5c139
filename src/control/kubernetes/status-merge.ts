import type { IngressStatus, StatusAddress } from '../../translate/kubernetes/objects.ts'
import { textAt, valueAt } from './read-json.ts'
import { addressOf, statusEntry } from './status-addresses.ts'

/**
 * The entries of an Ingress as they should be; `undefined` when they are so already.
 *
 * Entries that others wrote stay as and where they are. One with a wanted address counts as ours whoever wrote it, and stays as it is.
 *
 * @param wanted none to take our entries away.
 * @param published addresses that our entries may have.
 */
export function mergedEntries(
  entries: readonly StatusAddress[],
  { wanted, published }: { readonly wanted: readonly string[]; readonly published: readonly string[] },
): readonly StatusAddress[] | undefined {
  const old = new Set(published.filter((address) => !wanted.includes(address)))
  const kept = entries.filter((entry) => !old.has(addressOf(entry)))
  const present = new Set(kept.map(addressOf))
  const missing = wanted.filter((address) => !present.has(address))
  if (missing.length === 0 && kept.length === entries.length) return undefined
  return [...kept, ...missing.map(statusEntry)]
}

/** Whether `manager` is who wrote the entries of this Ingress last, by its `managedFields` as the API server keeps them. */
export function wroteEntries(ingress: unknown, manager: string): boolean {
  const fields = valueAt(ingress, 'metadata', 'managedFields')
  if (!Array.isArray(fields)) return false
  return fields.some(
    (field) =>
      textAt(field, 'manager') === manager &&
      textAt(field, 'subresource') === 'status' &&
      valueAt(field, 'fieldsV1', 'f:status', 'f:loadBalancer', 'f:ingress') !== undefined,
  )
}

/** An Ingress as the API server sent it, as far as its status is concerned. */
export function readStatus(ingress: unknown): IngressStatus {
  const entries = valueAt(ingress, 'status', 'loadBalancer', 'ingress')
  return {
    uid: textAt(ingress, 'metadata', 'uid'),
    resourceVersion: textAt(ingress, 'metadata', 'resourceVersion'),
    addresses: Array.isArray(entries) ? (entries as readonly StatusAddress[]) : [],
  }
}
