import { printAddress } from '../model/address.ts'
import type { Cluster as ClusterSpec } from '../model/cluster.ts'
import type { Cluster } from '../upstream/cluster.ts'
import type { ExplainedCluster } from './explain.ts'

/** A cluster of a file: nobody has asked its endpoints how they are. */
export function clusterOfModel(spec: ClusterSpec): ExplainedCluster {
  const endpoints = spec.endpoints.map(({ address, weight, priority }) => {
    return { key: printAddress(address), weight, priority, state: 'unknown', cause: 'no gateway was asked' }
  })
  return { id: spec.id, balance: spec.balance.kind, dns: dnsText(spec), endpoints }
}

/** A running cluster, with the health of its endpoints as this process sees it. */
export function runningCluster(cluster: Cluster): ExplainedCluster {
  const { id, balance, endpoints } = cluster.describe()
  const shown = endpoints.map(({ key, weight, priority, state, cause }) => ({
    key,
    weight,
    priority,
    state,
    cause,
  }))
  return { id, balance, dns: dnsText(cluster.spec), endpoints: shown }
}

function dnsText({ dns }: ClusterSpec): string | null {
  return dns === undefined ? null : `${dns.host}:${dns.port}`
}
