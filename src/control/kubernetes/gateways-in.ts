import type { EndpointSliceObject } from '../../translate/kubernetes/objects.ts'

/**
 * How many gateways slices of their own Service name: its ready endpoints, each address once, and at least one, for we are there.
 * With two families each gateway is in the slices of both, so that the family with more of them counts. `undefined` without a slice.
 */
export function gatewaysIn(slices: readonly EndpointSliceObject[]): number | undefined {
  if (slices.length === 0) return undefined
  const ready = new Map<string, Set<string>>()
  for (const { addressType, endpoints } of slices) {
    const known = ready.get(addressType) ?? new Set()
    ready.set(addressType, known)
    // Further addresses of an endpoint are the same endpoint.
    for (const {
      isReady,
      addresses: [address],
    } of endpoints)
      if (isReady && address !== undefined) known.add(address)
  }
  return Math.max(1, ...[...ready.values()].map(({ size }) => size))
}
