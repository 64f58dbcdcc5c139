import type { Client } from './client.ts'
import type { Exchange } from './exchange.ts'
import { clientBehind, type ListenerRuntime } from './listener-runtime.ts'

/** Starts the life of an exchange whose head has been read: ids, times, and what is asked. */
export function beginExchange(exchange: Exchange, carrier: Carrier): void {
  const { traffic, head } = exchange
  const { listener, client } = carrier
  const { peerAddress, tls } = client
  traffic.requests++
  if (head.droppedFields > 0) traffic.counters.fieldsDropped(head.droppedFields)
  exchange.phase = 'routing'
  exchange.turn++
  exchange.listenerRuntime = listener
  exchange.listener = listener.spec.id
  exchange.started = traffic.clock.now()
  exchange.startedWall = traffic.clock.wall()
  exchange.peerAddress = peerAddress
  exchange.clientAddress = carrier.trusted ? clientBehind(listener, head, peerAddress) : peerAddress
  exchange.requestId = head.requestId === '' ? traffic.ids.next() : head.requestId
  exchange.protocol = carrier.protocol
  exchange.tls = tls
  exchange.scheme = tls === undefined ? 'http' : 'https'
  exchange.method = head.method
  exchange.host = head.host
  exchange.authority = head.authority
  exchange.path = head.path
  exchange.query = head.query
  exchange.upstreamPath = head.path
  exchange.reading = true
}

/** Who brings the requests of a connection. */
export interface Carrier {
  readonly listener: ListenerRuntime
  readonly client: Client
  /** The peer's forwarding headers are believed. */
  readonly trusted: boolean
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2'
}
