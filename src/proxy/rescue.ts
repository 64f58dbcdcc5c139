import { allowedMethods } from '../http/methods.ts'
import type { Reason } from '../model/reasons.ts'
import { reasons } from '../model/reasons.ts'
import type { LocalReply } from '../model/reply.ts'

/** What a client gets for a reason, and whether its connection ends with it. */
export interface Answer {
  readonly status: number
  readonly close: boolean
}

/**
 * The statuses of the gateway, in one table: a new reason without a line here does not compile.
 *
 * A fault of the protocol always ends the connection: what follows on it cannot be trusted to start where we think.
 * `redirect` and `fixed_response` stand for the status the route asks for.
 */
export const replies: Readonly<Record<Reason, Answer>> = {
  bad_request_line: { status: 400, close: true },
  bad_header: { status: 400, close: true },
  bad_framing: { status: 400, close: true },
  bad_chunk: { status: 400, close: true },
  bad_host: { status: 400, close: true },
  bad_target: { status: 400, close: true },
  bad_path: { status: 400, close: true },
  bad_http2: { status: 400, close: true },
  http2_flood: { status: 400, close: true },
  bad_upgrade: { status: 400, close: true },
  unsupported_version: { status: 505, close: true },
  unsupported_transfer_coding: { status: 501, close: true },
  method_not_allowed: { status: 405, close: true },
  expectation_failed: { status: 417, close: true },
  grpc_needs_http2: { status: 505, close: false },
  bad_grpc_timeout: { status: 400, close: true },
  uri_too_long: { status: 414, close: true },
  head_too_large: { status: 431, close: true },
  too_many_fields: { status: 431, close: true },
  trailers_too_large: { status: 400, close: true },
  request_head_timeout: { status: 408, close: true },
  request_body_timeout: { status: 408, close: true },
  body_too_large: { status: 413, close: true },
  decompressed_too_large: { status: 413, close: true },
  bad_coding: { status: 400, close: true },
  unsupported_coding: { status: 415, close: false },
  client_closed: { status: 499, close: true },
  write_stalled: { status: 499, close: true },
  too_many_connections: { status: 503, close: true },
  proxy_protocol: { status: 400, close: true },
  tunnel_idle: { status: 408, close: true },
  tunnel_age: { status: 408, close: true },
  upgrade_origin: { status: 403, close: true },
  upgrade_protocol: { status: 501, close: true },
  websocket_version: { status: 426, close: true },
  websocket_frame: { status: 400, close: true },
  websocket_message: { status: 413, close: true },
  websocket_rate: { status: 429, close: true },
  tls_hello: { status: 400, close: true },
  tls_unknown_name: { status: 421, close: true },
  tls_unavailable: { status: 503, close: true },
  tls_handshake: { status: 400, close: true },
  tls_client_certificate: { status: 403, close: true },
  tls_timeout: { status: 408, close: true },
  tls_flood: { status: 400, close: true },
  misdirected_request: { status: 421, close: false },
  no_route_host: { status: 404, close: false },
  no_route_path: { status: 404, close: false },
  no_route_match: { status: 404, close: false },
  no_cluster: { status: 503, close: false },
  no_endpoints: { status: 503, close: false },
  cluster_requests: { status: 503, close: false },
  cluster_pending: { status: 503, close: false },
  route_timeout: { status: 504, close: false },
  redirect: { status: 302, close: false },
  fixed_response: { status: 200, close: false },
  client_refused: { status: 403, close: false },
  route_blocked: { status: 503, close: false },
  auth_unavailable: { status: 503, close: false },
  rate_limited: { status: 429, close: false },
  concurrency_limited: { status: 429, close: false },
  limiter_unavailable: { status: 503, close: false },
  extension_failed: { status: 500, close: false },
  extension_blocked: { status: 500, close: false },
  extension_unavailable: { status: 503, close: false },
  extension_protocol: { status: 501, close: false },
  auth_busy: { status: 503, close: false },
  too_many_attempts: { status: 429, close: false },
  unauthorized: { status: 401, close: false },
  client_certificate: { status: 403, close: false },
  forbidden: { status: 403, close: false },
  maintenance: { status: 503, close: false },
  cors_preflight: { status: 204, close: false },
  options: { status: 200, close: false },
  draining: { status: 503, close: true },
  internal_error: { status: 500, close: true },
  upstream_connect: { status: 503, close: false },
  upstream_tls: { status: 503, close: false },
  connect_timeout: { status: 504, close: false },
  upstream_reset: { status: 502, close: false },
  upstream_refused: { status: 503, close: false },
  upstream_bad_response: { status: 502, close: false },
  upstream_head_too_large: { status: 502, close: false },
  upstream_incomplete: { status: 502, close: true },
  response_too_large: { status: 502, close: false },
  response_timeout: { status: 504, close: false },
}

/** RFC 9110 §15.5.6, §9.3.7: what would be accepted. */
const allowLine = `allow: ${allowedMethods}\r\n`

/** The reply a reason calls for; `detail` is for trusted eyes and the log. */
export function rescue(reason: Reason, detail: string): LocalReply {
  const fields = reason === 'method_not_allowed' || reason === 'options' ? allowLine : ''
  return {
    status: replies[reason].status,
    reason,
    fields,
    body: undefined,
    detail: detail || reasons[reason].text,
  }
}
