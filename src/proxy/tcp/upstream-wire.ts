import { connect, type Socket } from 'node:net'
import type { Cluster } from '../../upstream/cluster.ts'
import type { Endpoint } from '../../upstream/endpoint.ts'
import { onreadInto } from '../onread.ts'
import { type ProxiedClient, proxyHeaderFor } from '../proxy-header.ts'
import { ReadBuffer } from '../read-buffers.ts'
import type { PipeEnd } from './pipe.ts'

/** What an upstream socket of a tunnel tells. */
export interface UpstreamWireEvents {
  onUpstreamConnected(): void
  onUpstreamRead(length: number): void
  onUpstreamDrain(): void
  onUpstreamEnd(): void
  /** @param errorCode `ECONNREFUSED` …; `""` when it was closed without an error. */
  onUpstreamClosed(errorCode: string): void
}

/** A tunnel's connection to an endpoint; it counts as one of its cluster until it has closed. */
export class UpstreamWire implements PipeEnd {
  readonly socket: Socket
  readonly buffer = new ReadBuffer()
  #events: UpstreamWireEvents | undefined
  #errorCode = ''

  /** Opens it; a PROXY header, where the cluster wants one, leaves first. */
  constructor(endpoint: Endpoint, cluster: Cluster, client: ProxiedClient, events: UpstreamWireEvents) {
    const { address } = endpoint
    const onread = onreadInto(this.buffer, (length) => this.#events?.onUpstreamRead(length))
    const socket =
      address.kind === 'tcp'
        ? connect({ host: address.host, port: address.port, noDelay: true, allowHalfOpen: true, onread })
        : connect({ path: address.path, allowHalfOpen: true, onread })
    this.socket = socket
    this.#events = events
    cluster.connectionOpened(endpoint)
    const header = proxyHeaderFor(cluster.spec.proxyProtocol, client)
    if (header.length > 0) socket.write(header)
    socket.on('connect', () => this.#events?.onUpstreamConnected())
    socket.on('drain', () => this.#events?.onUpstreamDrain())
    socket.on('end', () => this.#events?.onUpstreamEnd())
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#errorCode = error.code ?? error.message
    })
    socket.on('close', () => {
      cluster.connectionClosed(endpoint)
      this.#events?.onUpstreamClosed(this.#errorCode)
    })
  }

  /** Closes it, and nothing is told any more. */
  abandon(): void {
    this.#events = undefined
    this.socket.destroy()
  }
}
