import type { ReasonFacts } from './reason-facts.ts'

/** Reasons that lie with an endpoint. */
export const upstreamReasons = {
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
  response_too_large: {
    side: 'upstream',
    text: 'the response body is larger than the route allows',
    remedy: 'see what the upstream sends, or raise body.responseLimit of the route',
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
