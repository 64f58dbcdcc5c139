import type { BodyDecoding } from '../filters/decompress.ts'
import { DecodedRequest } from './decoded-request.ts'
import type { Exchange } from './exchange.ts'

/** Has the codings taken off the body of a request from now on, what came of it already included. */
export function decodeBody(exchange: Exchange, decoding: BodyDecoding): void {
  const decoded = new DecodedRequest(exchange, decoding)
  exchange.decoded = decoded
  const parts = exchange.kept.splice(0)
  exchange.keptBytes = 0
  for (const part of parts) decoded.data(part, 0, part.length)
  if (exchange.requestComplete) decoded.end()
}
