import type { ExtensionRequest } from '../../extend/call.ts'
import type { Bytes } from '../../std/units.ts'
import type { Exchange } from '../exchange.ts'
import { upstreamTarget } from '../forward.ts'

/** A request as extensions get it. @param length of its body; -1 when nobody knows. */
export function extensionRequest(exchange: Exchange, length: Bytes): ExtensionRequest {
  const { method, upstreamHost, authority, fields, clientAddress, scheme, requestId, route } = exchange
  return {
    method,
    target: upstreamTarget(exchange),
    authority: upstreamHost === '' ? authority : upstreamHost,
    fields,
    length,
    clientAddress,
    scheme,
    requestId,
    route,
  }
}
