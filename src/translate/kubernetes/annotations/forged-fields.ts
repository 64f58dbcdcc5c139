import { isEdgeField } from '../../../http/edge-fields.ts'

/**
 * Headers by which upstreams know who asks, which only the gateway writes. Others of `edgeFields` say where a request came from or
 * which trace it is part of, and a route may say that to its own Service.
 */
const harmless =
  /^(?:x-forwarded-(?:prefix|host|proto|port|scheme|path|uri|method)|x-original-.*|x-rewrite-.*|x-request-id|traceparent|tracestate|baggage|b3|x-b3-.*|x-ot-span-context|via)$/

/** Whether a request header, in lower case, says who asks, which only the gateway may write. */
export function isForged(name: string): boolean {
  return isEdgeField(`${name}:`, 0) && !harmless.test(name)
}

/** Who a user is, in words that servers which are asked have always used: their answer may say it. */
const vouched = /^(?:x-forwarded-(?!for$|for-|client-cert)|x-remote-(?!addr))/

/**
 * Whether a request header, in lower case, says what the gateway alone knows: the address and the certificate of a client. A server that
 * is asked may say who the user is, but not that.
 */
export function isForgedByAnswer(name: string): boolean {
  return isForged(name) && !vouched.test(name)
}
