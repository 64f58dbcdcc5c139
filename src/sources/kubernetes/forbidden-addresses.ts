import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { ForbiddenAddresses } from '../../translate/kubernetes/objects.ts'

/**
 * Addresses that no endpoint may have, with why: a tenant who may write EndpointSlices could aim the gateway at the nodes' and the API
 * server's ports, where it is trusted more than he is.
 *
 * @param entries address and reason; what is no address is left out, and the first reason for an address counts.
 */
export function forbiddenAddresses(
  entries: Iterable<readonly [address: string, reason: string]>,
): ForbiddenAddresses {
  const reasons = new Map<string, string>()
  for (const [address, reason] of entries) {
    const key = canonical(address)
    if (key !== undefined && !reasons.has(key)) reasons.set(key, reason)
  }
  return {
    reason(address) {
      const key = canonical(address)
      return key === undefined ? undefined : reasons.get(key)
    },
  }
}

/** One form for each address: IPv4 inside IPv6 is IPv4, zones do not count. */
function canonical(address: string): string | undefined {
  const plain = address.replace(/%.*$/, '')
  return isIP(plain) === 0 ? undefined : ipaddr.process(plain).toString()
}

/** Addresses that are known without asking: `KUBERNETES_SERVICE_HOST`, `HOST_IP`, and the host of the API server when it is one. */
export function* fixedAddresses(
  env: Readonly<Record<string, string | undefined>>,
  server: string,
): Iterable<readonly [string, string]> {
  const host = URL.parse(server)?.hostname.replace(/^\[|\]$/g, '') ?? ''
  yield [host, ofServer]
  yield [env['KUBERNETES_SERVICE_HOST'] ?? '', ofServer]
  yield [env['HOST_IP'] ?? '', 'it is the address of the node that the gateway runs on']
}

export const ofServer = 'it is an address of the API server'
