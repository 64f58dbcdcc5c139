/** Whose doing it was. */
export type Side = 'downstream' | 'upstream' | 'gateway'

interface ReasonFacts {
  readonly side: Side
  /** One sentence for the person who sees it, in docs and, where allowed, in the answer. */
  readonly text: string
  /** What the operator or the client can do. */
  readonly remedy: string
}

/**
 * Every reason for which the gateway answers itself or gives up, by its stable code: access log, metric label,
 * `docs/reference/reasons.md`. Statuses are in `proxy/rescue.ts` alone.
 */
export const reasons = {
  bad_request_line: {
    side: 'downstream',
    text: 'the request line is not HTTP/1.1',
    remedy: 'send METHOD SP target SP HTTP/1.1 CRLF',
  },
  bad_header: {
    side: 'downstream',
    text: 'a header line breaks the grammar',
    remedy: 'send name: value lines ended by CRLF, without control characters or folding',
  },
  bad_framing: {
    side: 'downstream',
    text: 'content-length and transfer-encoding do not say one length',
    remedy: 'send one decimal content-length or one transfer-encoding: chunked',
  },
  bad_chunk: {
    side: 'downstream',
    text: 'the chunked body breaks the grammar',
    remedy: 'send hexadecimal sizes, CRLF after every size and every chunk',
  },
  bad_host: {
    side: 'downstream',
    text: 'the host is missing, repeated or malformed',
    remedy: 'send exactly one host header with a name or an address',
  },
  bad_target: {
    side: 'downstream',
    text: 'the request target is malformed',
    remedy: 'send an absolute path, or an absolute http URL',
  },
  bad_path: {
    side: 'downstream',
    text: 'the path holds bytes or encodings that different servers read differently',
    remedy: 'remove backslashes, encoded slashes, control characters and bad percent signs',
  },
  bad_http2: {
    side: 'downstream',
    text: 'the connection breaks the rules of HTTP/2',
    remedy: 'see the log line for the frame or setting; update the client',
  },
  http2_flood: {
    side: 'downstream',
    text: 'the connection sent too many HTTP/2 frames that ask for nothing, or reset too many streams',
    remedy: 'nothing to do for an attack; a client that means well opens fewer streams that it gives up',
  },
  bad_upgrade: {
    side: 'downstream',
    text: 'the upgrade request has a body or several protocols',
    remedy: 'upgrade with a GET without a body, to one protocol',
  },
  unsupported_version: {
    side: 'downstream',
    text: 'the protocol version is not supported here',
    remedy: 'use HTTP/1.1',
  },
  unsupported_transfer_coding: {
    side: 'downstream',
    text: 'the transfer coding is not supported',
    remedy: 'use chunked alone',
  },
  method_not_allowed: {
    side: 'downstream',
    text: 'the method is not carried',
    remedy: 'use a method of the allow-list',
  },
  expectation_failed: {
    side: 'downstream',
    text: 'the expectation is not 100-continue',
    remedy: 'send expect: 100-continue or none',
  },
  grpc_needs_http2: {
    side: 'downstream',
    text: 'gRPC came over HTTP/1.1',
    remedy: 'use a gRPC client with HTTP/2, or gRPC-Web',
  },
  bad_grpc_timeout: {
    side: 'downstream',
    text: 'grpc-timeout is not one to eight digits and a unit',
    remedy: 'send H, M, S, m, u or n behind at most eight digits',
  },
  uri_too_long: {
    side: 'downstream',
    text: 'the request line is longer than the limit',
    remedy: 'shorten the URL or raise limits.requestLine',
  },
  head_too_large: {
    side: 'downstream',
    text: 'the request head is larger than the limit',
    remedy: 'send smaller headers or raise limits.head',
  },
  too_many_fields: {
    side: 'downstream',
    text: 'the request has more header fields than the limit',
    remedy: 'send fewer headers or raise limits.fields',
  },
  trailers_too_large: {
    side: 'downstream',
    text: 'the trailers are larger than the limit',
    remedy: 'send smaller trailers or raise limits.trailers',
  },
  request_head_timeout: {
    side: 'downstream',
    text: 'the request head did not arrive in time',
    remedy: 'send the head at once or raise limits.requestHeadTimeout',
  },
  request_body_timeout: {
    side: 'downstream',
    text: 'the request body arrived too slowly',
    remedy: 'send faster, or mark the route as streaming',
  },
  body_too_large: {
    side: 'downstream',
    text: 'the request body is larger than the limit',
    remedy: 'send less or raise the body limit of the route',
  },
  client_closed: {
    side: 'downstream',
    text: 'the client left before the response was complete',
    remedy: 'nothing to do here',
  },
  write_stalled: {
    side: 'downstream',
    text: 'the client did not read the response',
    remedy: 'read faster or raise limits.writeStall',
  },
  too_many_connections: {
    side: 'downstream',
    text: 'a connection limit is reached',
    remedy: 'raise limits.connections, or see who holds them',
  },
  proxy_protocol: {
    side: 'downstream',
    text: 'the connection does not start with a PROXY protocol header, or comes from where none is believed',
    remedy:
      'see that only proxies connect here, that they send the header, and that proxyProtocol.from lists them',
  },
  tunnel_idle: {
    side: 'downstream',
    text: 'nothing passed a tunnel in either direction for too long',
    remedy: 'send keep-alives or raise the idle limit',
  },
  tunnel_age: {
    side: 'gateway',
    text: 'an upgraded connection reached its oldest age',
    remedy: 'connect again, or raise upgrade.age of the route',
  },
  upgrade_origin: {
    side: 'downstream',
    text: 'websockets of the route may not come from this origin',
    remedy: 'add the origin to upgrade.origins of the route',
  },
  upgrade_protocol: {
    side: 'downstream',
    text: 'the route does not change to the protocol that the extended CONNECT asks for',
    remedy: 'add the protocol to upgrade.protocols of the route',
  },
  websocket_version: {
    side: 'downstream',
    text: 'the version of the websocket protocol is not 13',
    remedy: 'send sec-websocket-version: 13',
  },
  websocket_frame: {
    side: 'downstream',
    text: 'a frame breaks the websocket protocol, and the route makes the gateway read frames',
    remedy: 'see the detail for what is wrong with it',
  },
  websocket_message: {
    side: 'downstream',
    text: 'a websocket message is larger than the limit',
    remedy: 'send less at once or raise upgrade.messageBytes of the route',
  },
  websocket_rate: {
    side: 'downstream',
    text: 'the client sends more websocket messages than the limit',
    remedy: 'send fewer or raise upgrade.messagesPerSecond of the route',
  },
  tls_hello: {
    side: 'downstream',
    text: 'the connection did not start with a TLS hello that can be read',
    remedy: 'speak TLS on this port; name one host by its DNS name',
  },
  tls_unknown_name: {
    side: 'downstream',
    text: 'no certificate is for the server name of the handshake',
    remedy: 'add a certificate for the name, or let unknown names have the default one',
  },
  tls_unavailable: {
    side: 'gateway',
    text: 'a certificate, CA bundle or revocation list of the server name is missing or broken',
    remedy: 'see the problems of the listener: its names are refused until they are solved',
  },
  tls_handshake: {
    side: 'downstream',
    text: 'the TLS handshake failed',
    remedy: 'compare versions, ciphers and curves of the client with those of the listener',
  },
  tls_client_certificate: {
    side: 'downstream',
    text: 'the client showed no certificate, or one that is not accepted here',
    remedy: 'use a certificate of an accepted authority that is valid, not revoked and has an allowed name',
  },
  tls_timeout: {
    side: 'downstream',
    text: 'the TLS handshake did not finish in time',
    remedy: 'see the network, or raise handshakeTimeout of the listener',
  },
  misdirected_request: {
    side: 'downstream',
    text: 'the host of the request is served with another certificate or TLS policy than that of the connection',
    remedy: 'use a connection of its own for the host',
  },

  no_route_host: {
    side: 'gateway',
    text: 'no route has this host',
    remedy: 'add the host to a route; tidegate explain shows the nearest',
  },
  no_route_path: {
    side: 'gateway',
    text: 'routes have this host, none this path',
    remedy: 'add the path to a route; tidegate explain shows the nearest',
  },
  no_route_match: {
    side: 'gateway',
    text: 'routes have this host and path, and ask for more than the request has',
    remedy: 'see the candidates in tidegate explain',
  },
  no_cluster: {
    side: 'gateway',
    text: 'the route leads to no cluster',
    remedy: 'see the target of the route in tidegate explain',
  },
  no_endpoints: {
    side: 'gateway',
    text: 'the cluster has no endpoint',
    remedy: 'see the endpoints of the cluster in /api/clusters',
  },
  cluster_requests: {
    side: 'gateway',
    text: 'the cluster is at its limit of concurrent requests',
    remedy: 'raise limits.requests of the cluster or add capacity',
  },
  cluster_pending: {
    side: 'gateway',
    text: 'too many requests wait for a connection of the cluster, or this one waited too long',
    remedy: 'raise limits.pending or limits.connections of the cluster',
  },
  route_timeout: {
    side: 'gateway',
    text: 'the request took longer than its route allows',
    remedy: 'raise timeouts.total of the route',
  },
  redirect: { side: 'gateway', text: 'the route redirects', remedy: 'nothing to do' },
  fixed_response: { side: 'gateway', text: 'the route answers itself', remedy: 'nothing to do' },
  options: {
    side: 'gateway',
    text: 'OPTIONS * or Max-Forwards: 0 was answered by the gateway',
    remedy: 'nothing to do',
  },
  draining: {
    side: 'gateway',
    text: 'the gateway is shutting down',
    remedy: 'try again on a new connection',
  },
  internal_error: {
    side: 'gateway',
    text: 'a mistake of the gateway itself',
    remedy: 'report it with the log line of this request id',
  },

  upstream_connect: {
    side: 'upstream',
    text: 'no connection to an endpoint could be made',
    remedy: 'see the health of the endpoints in /api/clusters',
  },
  upstream_tls: {
    side: 'upstream',
    text: 'no TLS connection to an endpoint: its certificate was not accepted, or it did not accept ours',
    remedy: 'see the log line for the cause, and tls of the cluster',
  },
  connect_timeout: {
    side: 'upstream',
    text: 'no endpoint accepted a connection in time',
    remedy: 'see the network, or raise connectTimeout of the cluster',
  },
  upstream_reset: {
    side: 'upstream',
    text: 'the endpoint closed the connection before it answered',
    remedy: 'see the log of the upstream',
  },
  upstream_refused: {
    side: 'upstream',
    text: 'the endpoint did not take the request: REFUSED_STREAM, or GOAWAY in front of it',
    remedy: 'see the stream limit of the upstream, or set limits.streams of the cluster',
  },
  upstream_bad_response: {
    side: 'upstream',
    text: 'the endpoint answered with something that is not a valid response',
    remedy: 'see the log line for what broke the grammar',
  },
  upstream_head_too_large: {
    side: 'upstream',
    text: 'the response head is larger than the limit',
    remedy: 'send smaller response headers',
  },
  upstream_incomplete: {
    side: 'upstream',
    text: 'the response ended before it was complete',
    remedy: 'see the log of the upstream',
  },
  response_timeout: {
    side: 'upstream',
    text: 'the endpoint did not answer in time',
    remedy: 'see the upstream, or raise timeouts.perTry or timeouts.idle of the route',
  },
} as const satisfies Record<string, ReasonFacts>

/** A stable, documented code. */
export type Reason = keyof typeof reasons
