import { isIP } from 'node:net'
import type { StatusSource } from '../../model/kubernetes-settings.ts'
import { quoted } from '../../std/quoted.ts'
import type { ServiceObject, StatusAddress } from '../../translate/kubernetes/objects.ts'

/** Which addresses Ingresses have, as IP addresses and host names. */
export type StatusAddresses =
  /** Sorted, without doubles. Empty means that there are none (yet), and entries of ours go. */
  | { readonly kind: 'known'; readonly addresses: readonly string[] }
  /** It cannot be told now: what stands stays. */
  | { readonly kind: 'unknown'; readonly message: string; readonly remedy: string }
  /** Nothing is written. */
  | { readonly kind: 'off' }

export interface AddressLookups {
  service(namespace: string, name: string): ServiceObject | undefined
  nodeAddresses(): readonly string[]
}

/** The addresses that the settings name, as of now. */
export function statusAddresses(source: StatusSource, lookups: AddressLookups): StatusAddresses {
  switch (source.from) {
    case 'off':
      return { kind: 'off' }
    case 'addresses':
      return known(source.addresses)
    case 'nodes': {
      const addresses = lookups.nodeAddresses()
      return addresses.length === 0 ? noNodes : known(addresses)
    }
    case 'service': {
      const { namespace, name } = source.service
      const service = lookups.service(namespace, name)
      return service === undefined ? noService(`${namespace}/${name}`) : known(addressesOf(service))
    }
  }
}

/** An entry of `status.loadBalancer.ingress` for an address. */
export function statusEntry(address: string): StatusAddress {
  return isIP(address) === 0 ? { hostname: address } : { ip: address }
}

/** The address of an entry; `""` for one that has none. */
export function addressOf({ ip, hostname }: StatusAddress): string {
  return ip ?? hostname ?? ''
}

/**
 * As ingress-nginx does it: of a load balancer what its status says and the external IPs too; of NodePort the external IPs, else the
 * cluster IP; of ClusterIP that one, though external IPs are given; the name of an external one. Headless Services have none.
 */
function addressesOf(service: ServiceObject): readonly string[] {
  switch (service.type) {
    case 'LoadBalancer':
      return [...service.addresses.map(addressOf), ...service.externalIps]
    case 'NodePort':
      return service.externalIps.length > 0 ? service.externalIps : service.clusterIps.slice(0, 1)
    case 'ClusterIP':
      return service.clusterIps.slice(0, 1)
    case 'ExternalName':
      return [service.externalName]
  }
}

function known(addresses: readonly string[]): StatusAddresses {
  return { kind: 'known', addresses: [...new Set(addresses)].filter((address) => address !== '').sort() }
}

const noNodes: StatusAddresses = {
  kind: 'unknown',
  message: 'the status of Ingresses cannot be written: no node with an address is known',
  remedy: 'give our service account "get", "list" and "watch" on nodes, or take status from elsewhere',
}

function noService(service: string): StatusAddresses {
  return {
    kind: 'unknown',
    message: `the status of Ingresses cannot be written: there is no service ${quoted(service)}`,
    remedy: 'name the service in front of the gateway in "status", or list its addresses there',
  }
}
