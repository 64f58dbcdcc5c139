import type { ReasonFacts } from './reason-facts.ts'

/** Reasons that lie with the gateway: what it was told to do, and what it cannot do. */
export const gatewayReasons = {
  tunnel_age: {
    side: 'gateway',
    text: 'an upgraded connection reached its oldest age',
    remedy: 'connect again, or raise upgrade.age of the route',
  },
  tls_unavailable: {
    side: 'gateway',
    text: 'a certificate, CA bundle or revocation list of the server name is missing or broken',
    remedy: 'see the problems of the listener: its names are refused until they are solved',
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
  client_refused: {
    side: 'gateway',
    text: 'the route is not open to this client',
    remedy: 'see the client addresses that the route allows',
  },
  route_blocked: {
    side: 'gateway',
    text: 'the route is closed, since what protects it cannot be obeyed',
    remedy: 'see the problems of its Ingress: kubectl describe, or tidegate check --kubernetes',
  },
  auth_unavailable: {
    side: 'gateway',
    text: 'what decides who the client is cannot be asked: no keys, no answer, or nothing to compare with',
    remedy: 'see the log line for what is missing; the route stays closed until it is there',
  },
  maintenance: {
    side: 'gateway',
    text: 'the route is closed for a while',
    remedy: 'come back when retry-after says so, or take the filter maintenance away',
  },
  cors_preflight: {
    side: 'gateway',
    text: 'a browser asked beforehand whether a page of another origin may send a request',
    remedy: 'nothing to do; where the origin is not allowed, see origins of the filter cors',
  },
  rate_limited: {
    side: 'gateway',
    text: 'the client asks more often than a rate limit of the route allows',
    remedy:
      'wait as long as Retry-After says; see the rule in the log line, and raise its rate or burst if it is too low',
  },
  concurrency_limited: {
    side: 'gateway',
    text: 'as many requests of the client are in flight as a limit of the route allows',
    remedy: 'wait until one has ended; see the rule in the log line, and raise its limit if it is too low',
  },
  limiter_unavailable: {
    side: 'gateway',
    text: 'who counts for limits of the route does not answer, and a rule is closed then',
    remedy: 'see the log lines of the Redis; "onStoreError: local" counts in the process meanwhile',
  },
  extension_failed: {
    side: 'gateway',
    text: 'an extension of the route failed, or answered what is no response',
    remedy: 'see the log line for what it threw; its counters are in the metrics of extensions',
  },
  extension_blocked: {
    side: 'gateway',
    text: 'an extension of the route let its loop stand still, and was ended',
    remedy: 'take long work out of its loop, or raise its watchdog',
  },
  extension_unavailable: {
    side: 'gateway',
    text: 'the extensions of the route take no request: they do not start, or have too much to do',
    remedy: 'see the log line for why, and the problems of the route',
  },
  extension_protocol: {
    side: 'gateway',
    text: 'what the client asks for does not go through extensions',
    remedy: 'give gRPC calls a route without extensions',
  },
  auth_busy: {
    side: 'gateway',
    text: 'too many passwords wait to be checked, as under an attack; those that are remembered pass',
    remedy: 'try again in a moment; lower the cost of the hashes if it happens without an attack',
  },
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
} as const satisfies Record<string, ReasonFacts>
