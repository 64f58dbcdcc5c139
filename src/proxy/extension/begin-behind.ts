import type { Exchange } from '../exchange.ts'
import type { ListenerRuntime } from '../listener-runtime.ts'

/**
 * Starts the life of an exchange behind extensions, whose head has been read: who asks is who asked in front, what is asked is what
 * the extensions made of it.
 */
export function beginBehind(exchange: Exchange, front: Exchange): void {
  const { traffic, head } = exchange
  exchange.phase = 'routing'
  exchange.turn++
  exchange.listenerRuntime = front.listenerRuntime && listenerBehind(front.listenerRuntime)
  exchange.listener = front.listener
  exchange.started = traffic.clock.now()
  exchange.startedWall = front.startedWall
  exchange.totalAt = front.totalAt
  exchange.peerAddress = front.peerAddress
  exchange.clientAddress = front.clientAddress
  exchange.identity = front.identity
  exchange.requestId = front.requestId
  exchange.protocol = 'HTTP/1.1'
  exchange.tls = front.tls
  exchange.scheme = front.scheme
  exchange.method = head.method
  exchange.host = head.host
  exchange.authority = head.authority
  // The lines themselves are among the fields.
  head.forwardedProto = front.head.forwardedProto
  exchange.path = head.path
  exchange.query = head.query
  exchange.fields = head.fields
  exchange.upstreamPath = head.path
  exchange.matchedPath = head.path.startsWith(front.matchedPath) ? front.matchedPath : ''
  // A host that a filter or an extension chose goes before the one of the cluster.
  const isChosen = front.upstreamHost !== '' || head.authority !== front.authority
  exchange.upstreamHost = isChosen ? head.authority : ''
}

const behindByListener = new WeakMap<ListenerRuntime, ListenerRuntime>()

/** What a listener adds to responses, it adds in front. */
function listenerBehind(listener: ListenerRuntime): ListenerRuntime {
  const known = behindByListener.get(listener)
  if (known !== undefined) return known
  const behind: ListenerRuntime = {
    ...listener,
    replacesServer: false,
    replacesHsts: false,
    responseFields: { http: '', https: '' },
  }
  behindByListener.set(listener, behind)
  return behind
}
