import type { ServiceObject } from './objects.ts'

/** A Service that leads to a name outside of Kubernetes, for one that was asked for without a Service. Any port will do. */
export function hostService(namespace: string, host: string): ServiceObject {
  return {
    meta: { uid: '', namespace, name: host, resourceVersion: '', created: 0, annotations: new Map() },
    type: 'ExternalName',
    externalName: host,
    clusterIps: [],
    ipFamily: undefined,
    ports: [],
    addresses: [],
    externalIps: [],
  }
}
