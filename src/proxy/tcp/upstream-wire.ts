import type { Socket } from 'node:net'
import type { Cluster } from '../../upstream/cluster.ts'
import type { Endpoint } from '../../upstream/endpoint.ts'
import type { Dialer, DialFailure } from '../dial.ts'
import { type ProxiedClient, proxyHeaderFor } from '../proxy-header.ts'
import { ReadBuffer } from '../read-buffers.ts'
import type { PipeEnd } from './pipe.ts'

/** What an upstream socket of a tunnel tells. */
export interface UpstreamWireEvents {
  onUpstreamConnected(): void
  onUpstreamRead(length: number): void
  onUpstreamDrain(): void
  onUpstreamEnd(): void
  /** @param failure why it never stood; beside the point when it did. */
  onUpstreamClosed(failure: DialFailure): void
}

/** How a tunnel's connection to an endpoint is opened. */
export interface UpstreamWireOptions {
  readonly endpoint: Endpoint
  readonly cluster: Cluster
  readonly client: ProxiedClient
  readonly dialer: Dialer
}

/** A tunnel's connection to an endpoint; it counts as one of its cluster until it has closed. */
export class UpstreamWire implements PipeEnd {
  readonly socket: Socket
  readonly buffer = new ReadBuffer()
  #events: UpstreamWireEvents | undefined
  #errorCode = ''

  /** Opens it; a PROXY header, where the cluster wants one, leaves first. */
  constructor({ endpoint, cluster, client, dialer }: UpstreamWireOptions, events: UpstreamWireEvents) {
    const dialled = dialer.dial({
      endpoint,
      cluster,
      carries: 'bytes',
      header: proxyHeaderFor(cluster.spec.proxyProtocol, client),
      reading: { buffer: this.buffer, read: (length) => this.#events?.onUpstreamRead(length) },
      onReady: () => this.#events?.onUpstreamConnected(),
    })
    const { socket } = dialled
    this.socket = socket
    this.#events = events
    cluster.connectionOpened(endpoint)
    socket.on('drain', () => this.#events?.onUpstreamDrain())
    socket.on('end', () => this.#events?.onUpstreamEnd())
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#errorCode = error.code ?? error.message
    })
    socket.on('close', () => {
      cluster.connectionClosed(endpoint)
      this.#events?.onUpstreamClosed(dialled.failure(this.#errorCode === '' ? 'closed' : this.#errorCode))
    })
  }

  /** Closes it, and nothing is told any more. */
  abandon(): void {
    this.#events = undefined
    this.socket.destroy()
  }
}
