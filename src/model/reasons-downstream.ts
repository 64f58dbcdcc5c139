import type { ReasonFacts } from './reason-facts.ts'

/** Reasons that lie with the client. */
export const downstreamReasons = {
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
  decompressed_too_large: {
    side: 'downstream',
    text: 'the request body became larger than allowed when its coding was taken off',
    remedy: 'send less, or raise "limit" or "ratio" of the filter decompress',
  },
  bad_coding: {
    side: 'downstream',
    text: 'the request body is not what its content-encoding says, or breaks off',
    remedy: 'send the body as content-encoding says',
  },
  unsupported_coding: {
    side: 'downstream',
    text: 'the request body has a content-encoding that is not taken',
    remedy: 'send it in a coding that accept-encoding of the answer lists, or without one',
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
  tls_flood: {
    side: 'downstream',
    text: 'the connection carried TLS records with nothing in them',
    remedy: 'send no KeyUpdates but every few gigabytes',
  },
  misdirected_request: {
    side: 'downstream',
    text: 'the host of the request is served with another certificate or TLS policy than that of the connection',
    remedy: 'use a connection of its own for the host',
  },
  unauthorized: {
    side: 'downstream',
    text: 'the route asks who the client is, and what the request shows is missing, wrong or expired',
    remedy: 'see the detail for what was wrong with it, and get fresh credentials',
  },
  client_certificate: {
    side: 'downstream',
    text: 'the route is for certain client certificates, and none of them was shown',
    remedy: 'see the detail for what was shown, and clientCertificate of the route for what it allows',
  },
  too_many_attempts: {
    side: 'downstream',
    text: 'the client tried too many passwords',
    remedy: 'wait as long as Retry-After says; see the log lines of its address for what it tried',
  },
  forbidden: {
    side: 'downstream',
    text: 'the client is known, and may not have this',
    remedy: 'see the detail for what is asked of clients here',
  },
} as const satisfies Record<string, ReasonFacts>
