import type { Reason } from './reasons.ts'

/**
 * How one request ended, or one connection of a tunnel: what access log and metrics read, once for each. Valid only during
 * the call it is passed to.
 *
 * A tunnel carries bytes and no requests: its protocol is `TCP`, and it has neither route, method, path nor status.
 */
export interface Outcome {
  /** Milliseconds since 1970. */
  readonly startedWall: number
  readonly durationMs: number
  readonly requestId: string
  readonly listener: string
  /** `""` when no route was found. */
  readonly route: string
  /** Row of the route in the metric tables; 0 stands for "none". */
  readonly routeSeries: number
  readonly cluster: string
  /** Row of the cluster in the metric tables; 0 stands for "none". */
  readonly clusterSeries: number
  /** `10.0.0.5:8080` of the last attempt, `""` when none. */
  readonly endpoint: string
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2' | 'TCP'
  /** `tls` for a tunnel whose bytes came in TLS, terminated here or not. */
  readonly scheme: 'http' | 'https' | 'tcp' | 'tls'
  readonly method: string
  /** As it was routed: lower case, no port. The server name of a tunnel, `""` when it has none. */
  readonly host: string
  /** As it was routed and forwarded. */
  readonly path: string
  readonly query: string
  readonly clientAddress: string
  readonly peerAddress: string
  /** 499 when the client left before a head was sent; 0 for a tunnel. */
  readonly status: number
  /** Why the gateway answered or gave up; `undefined` when the upstream's response went through complete. */
  readonly reason: Reason | undefined
  readonly detail: string
  /** Code of a gRPC call; -1 for what is none. */
  readonly grpcStatus: number
  readonly requestBytes: number
  readonly responseBytes: number
  /** Attempts made upstream; 0 when none was. */
  readonly attempts: number
  /** To the upstream's response head, from the start of the last attempt; -1 when there was none. */
  readonly upstreamMs: number
  /** Time to connect of the last attempt; 0 on a reused connection. */
  readonly connectMs: number
  /** A request header by lower-case name, as received and kept. */
  field(name: string): string | undefined
}

/** Hears of every request exactly once, when it is over. */
export interface Observer {
  onEnd(outcome: Outcome): void
}
