import { networkInterfaces } from 'node:os'
import type { Parts } from '../../model/build.ts'
import type { KubernetesSettings } from '../../model/kubernetes-settings.ts'
import type { Settings } from '../../model/settings.ts'
import { hostsOfFiles } from '../../translate/kubernetes/file-hosts.ts'
import type { KubernetesSurroundings } from '../../translate/kubernetes/translator.ts'

/** Addresses of this host and ports of our own servers: nobody may have requests sent there. */
export type OwnAddresses = KubernetesSurroundings['own']

/** The addresses of this host, and the ports of the admin interface. */
export function ownAddresses({ admin }: Settings): OwnAddresses {
  const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  const addresses = [admin.address, admin.health?.address]
  return {
    addresses: new Set(interfaces.map(({ address }) => address)),
    ports: new Set(addresses.flatMap((address) => (address?.kind === 'tcp' ? [address.port] : []))),
  }
}

/** What translation needs to know of the files beside it. */
export function besideFiles(
  files: Parts,
  settings: KubernetesSettings,
): Pick<KubernetesSurroundings, 'listeners' | 'fileHosts'> {
  const listeners = listenersFor(files, settings)
  return { listeners, fileHosts: hostsOfFiles(files, new Set(listeners.map(({ id }) => id))) }
}

/** The listeners that Ingresses are served on. */
function listenersFor(
  { listeners }: Parts,
  settings: KubernetesSettings,
): KubernetesSurroundings['listeners'] {
  return listeners.flatMap(({ content }) => {
    const { id, role, address, publicPort, tls } = content
    const isNamed = settings.listeners.length === 0 || settings.listeners.includes(id)
    if (role.kind !== 'http' || !isNamed) return []
    const port = publicPort ?? (address.kind === 'tcp' ? address.port : 0)
    return { id, port, tls: tls === undefined ? 'off' : 'on' } as const
  })
}
