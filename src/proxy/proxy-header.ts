import type { Socket } from 'node:net'
import type { Cluster } from '../model/cluster.ts'
import type { ProxyAddress } from '../wire/proxy-protocol/header.ts'
import { localHeader, proxyHeaderV1, proxyHeaderV2 } from '../wire/proxy-protocol/serialise.ts'
import type { Wire } from './connection.ts'
import { peerAddressOf } from './listener-runtime.ts'

/** Both ends of a client's connection, with their ports: what a PROXY header tells on. */
export interface ConnectionEnds {
  /** The client. */
  readonly source: ProxyAddress
  /** What it connected to. */
  readonly destination: ProxyAddress
}

/** What a PROXY header that goes out says of the client. */
export interface ProxiedClient {
  /** `undefined` when it came over a unix socket. */
  readonly ends: ConnectionEnds | undefined
  /** Of its TLS hello; `""` for none. */
  readonly serverName: string
  /** Agreed on with it; `""` for none. */
  readonly alpn: string
}

/** The ends of a TCP connection as its socket knows them; `undefined` for a unix socket, and for one that has gone. */
export function endsOf(socket: Socket): ConnectionEnds | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  if (remoteAddress === undefined || remotePort === undefined) return undefined
  if (localAddress === undefined || localPort === undefined) return undefined
  return { source: end(remoteAddress, remotePort), destination: end(localAddress, localPort) }
}

/** What a header says of the client behind a connection. */
export function proxiedBy(wire: Wire): ProxiedClient {
  const { tls } = wire.client
  return { ends: wire.ends(), serverName: tls?.serverName ?? '', alpn: tls?.alpn ?? '' }
}

/** The header at the start of a connection to a cluster; empty when it wants none. */
export function proxyHeaderFor(version: Cluster['proxyProtocol'], client: ProxiedClient): Buffer {
  const { ends, serverName, alpn } = client
  const content = { source: ends?.source, destination: ends?.destination, serverName, alpn }
  switch (version) {
    case 'off':
      return nothing
    case 'v1':
      return Buffer.from(proxyHeaderV1(content), 'latin1')
    case 'v2':
      return proxyHeaderV2(content)
  }
}

/** The header of a connection that carries no client's traffic, for health checks; empty when the cluster wants none. */
export function ownHeaderFor(version: Cluster['proxyProtocol']): Buffer {
  return version === 'off' ? nothing : localHeader(version)
}

const nothing = Buffer.alloc(0)

/** The zone of a link-local address means nothing elsewhere. */
function end(address: string, port: number): ProxyAddress {
  return { address: peerAddressOf(address.split('%', 1)[0]), port }
}
