import type { NameTree } from '../names/name-tree.ts'
import type { Bytes, Ms } from '../std/units.ts'
import type { FilterSpec } from './filter-spec.ts'
import type { Match } from './match.ts'
import type { Origin } from './origin.ts'

/** Host + match → filters + target. */
export interface Route {
  /**
   * The operator's name, else derived from hosts and match, so that an insertion elsewhere leaves it alone;
   * `#2`, `#3` … tell apart routes that say the same.
   */
  readonly id: string
  readonly origin: Origin
  /** Of everything but the origin, so that a line added above changes nothing. */
  readonly hash: string
  /** Its place among routes that are equally specific: lower first. Fractions leave room for insertions. */
  readonly rank: number
  /** `"a.test"`, `"*.a.test"` (one label), `"**.a.test"` (one or more labels), `"*"` (any); lower case, no port. */
  readonly hosts: readonly string[]
  readonly match: Match
  readonly filters: readonly FilterSpec[]
  /** Leaves are cluster ids. A route whose filters always answer has `neg`. */
  readonly target: NameTree<string>
  readonly timeouts: RouteTimeouts
  readonly retry: Retry
  readonly body: RouteBody
  readonly upgrade: UpgradeRules
  readonly accessLog: AccessLogRule
}

/** `"none"` switches a limit off. */
export interface RouteTimeouts {
  /** From the end of the request's head to the end of the response, all attempts. */
  readonly total: Ms | 'none'
  /** One attempt, from its start to its response head. */
  readonly perTry: Ms | 'none'
  /** Without a byte in either direction once the request is on its way. */
  readonly idle: Ms | 'none'
}

/** When a request that failed upstream is sent again. The rules that need no configuring always apply. */
export interface Retry {
  /** Further attempts besides the first, for the configured conditions. */
  readonly attempts: number
  readonly on: readonly RetryCondition[]
  /** Methods that may be sent again; a route that lists a non-idempotent one says so in full knowledge. */
  readonly methods: readonly string[]
  /** Statuses that `on: status` means. */
  readonly statuses: readonly number[]
  /** Codes that `on: grpc-status` means. */
  readonly grpcStatuses: readonly number[]
  readonly backoff: { readonly base: Ms; readonly max: Ms }
  /** Largest share of active requests that may be retries, in percent, and how many are always allowed. */
  readonly budget: { readonly percent: number; readonly minimum: number }
}

/**
 * `connect`: not connected. `reset`: closed before a response byte. `timeout`: no head in time. `status`: a listed status.
 * `grpc-status`: a listed code in a response of trailers only.
 */
export type RetryCondition = 'connect' | 'reset' | 'timeout' | 'status' | 'grpc-status'

/** What may leave HTTP on a route, and how long it lives. */
export interface UpgradeRules {
  /** Protocols that pass, lower case: `websocket` by default; empty lets none. */
  readonly protocols: readonly string[]
  /** Values of `Origin` that websockets may come from; empty allows all. */
  readonly httpOrigins: readonly string[]
  /** Without a byte in either direction; 0 is no limit. */
  readonly idle: Ms
  /** Oldest age; 0 is no limit. */
  readonly age: Ms
  /** A ping is sent to both sides after so long without a byte; 0 sends none. */
  readonly ping: Ms
  /** Largest message in either direction; 0 is no limit. Makes the gateway read frames, and allow no extension. */
  readonly messageBytes: Bytes
  /** Messages per second from the client; 0 is no limit. Makes the gateway read frames. */
  readonly messagesPerSecond: number
}

export interface RouteBody {
  /** Largest request body; 0 is no limit; `"listener"` takes the listener's. */
  readonly limit: Bytes | 'listener'
  /** Largest response body; 0 is no limit. */
  readonly responseLimit: Bytes
  /** Hold the whole request (up to this size) before anything goes upstream; 0 streams. */
  readonly buffer: Bytes
  /** `stream` lifts size, rate and total time and keeps the idle limit. */
  readonly mode: 'plain' | 'stream'
}

/** Which requests of a route are logged. */
export interface AccessLogRule {
  readonly enabled: 'on' | 'off' | 'errors'
  /** Share of requests, 0 to 1. */
  readonly sample: number
}
