import { noChanges } from '../filters/authz/header-change.ts'
import type { BodyDecoding } from '../filters/decompress.ts'
import type { ClientEnds, Held, RequestDraft, ResponseDraft } from '../filters/filter.ts'
import type { Pending } from '../filters/subrequest.ts'
import { fieldValue } from '../http/field-block.ts'
import type { Identity } from '../model/identity.ts'
import type { Outcome } from '../model/outcome.ts'
import type { Reason } from '../model/reasons.ts'
import type { VerifiedCertificate } from '../model/verified-certificate.ts'
import type { Timed } from '../std/timer-wheel.ts'
import type { Bytes, Ms } from '../std/units.ts'
import type { Cluster } from '../upstream/cluster.ts'
import type { Endpoint } from '../upstream/endpoint.ts'
import { BodyDecoder } from '../wire/h1/body-decoder.ts'
import { RequestHead } from '../wire/h1/request-head.ts'
import type { ResponseHead } from '../wire/h1/response-head.ts'
import type { AttemptConnection, AttemptEvents, FailureReason } from './attempt.ts'
import type { SecureFacts } from './client.ts'
import { DecodedRequest } from './decoded-request.ts'
import { containDefect } from './defect.ts'
import type { RequestSource, ResponseSink } from './downstream.ts'
import type { EncodedResponse } from './encoded-response.ts'
import type { Crossing } from './extension/crossing.ts'
import type { Flushed } from './flushed.ts'
import type { ListenerRuntime } from './listener-runtime.ts'
import { relayData, relayEnd, relayHead } from './relay.ts'
import { attemptFailed, resumeAttempts } from './retry.ts'
import type { RouteRuntime } from './route-runtime.ts'
import { onTimeout } from './timeouts.ts'
import type { Traffic } from './traffic.ts'
import type { Upgrade } from './upgrade/upgrade.ts'

/**
 * Where a request is on its way: `collecting` its body before anything goes upstream, `waiting` for a connection or a
 * back-off, `sent` and without a response head yet.
 */
export type Phase = 'idle' | 'routing' | 'collecting' | 'waiting' | 'sent' | 'responding' | 'done'

/** Goes on once more than `most` bytes of the request's body are kept, or all of them. */
export interface BodyWait {
  readonly most: Bytes
  readonly resume: () => void
}

/**
 * One request in flight: what the steps in this folder work on, whatever protocol carried it.
 *
 * The fields are the state of those steps; each says which step writes it. An exchange is used again for the next
 * request of its connection, so nobody keeps a reference past `onEnd`.
 */
export class Exchange implements RequestDraft, Outcome, AttemptEvents, Timed {
  readonly traffic: Traffic
  /** What the codec read. */
  head = new RequestHead()
  readonly requestBody = new BodyDecoder()

  // Who carries it: written by the downstream connection.
  source: RequestSource | undefined = undefined
  sink: ResponseSink | undefined = undefined
  listenerRuntime: ListenerRuntime | undefined = undefined
  listener = ''
  scheme: 'http' | 'https' = 'http'
  protocol: 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2' = 'HTTP/1.1'
  /** What the handshake agreed on; `undefined` on a plain connection. */
  tls: SecureFacts | undefined = undefined
  peerAddress = ''
  clientAddress = ''

  /** Counts the requests that this exchange has carried, so that what comes late can tell whether it is still for this one. */
  turn = 0

  // What is asked: written by `begin`, changed by filters.
  requestId = ''
  method = ''
  host = ''
  authority = ''
  path = ''
  query = ''
  matchedPath = ''
  upstreamPath = ''
  upstreamHost = ''
  fields = ''
  identity: Identity | undefined = undefined
  upstreamQuery: string | undefined = undefined
  responseFields = ''
  responseChanges = noChanges
  pending: Pending | undefined = undefined
  held: Held | undefined = undefined

  // Where it goes: written by `handle` and `forward`.
  phase: Phase = 'idle'
  runtime: RouteRuntime | undefined = undefined
  clusterRuntime: Cluster | undefined = undefined
  /** Of a request that leaves HTTP, if it may. */
  upgrade: Upgrade | undefined = undefined
  connection: AttemptConnection | undefined = undefined
  /** Of a request that goes through extensions, and of what they let through. */
  crossing: Crossing | undefined = undefined
  endpointRuntime: Endpoint | undefined = undefined
  readonly tried: Endpoint[] = []
  attempts = 0
  /** Attempts that the retry budget of the cluster pays for. */
  retries = 0
  attemptStarted: Ms = 0
  /** Until when it may wait for a connection of its cluster; 0 when it does not. */
  waitUntil: Ms = 0
  /** The cluster counts this request. */
  admitted = false

  // The request's body: written by `upload`.
  /** Takes its content codings off on its way. */
  decoded: DecodedRequest | undefined = undefined
  /** The last byte of the request has come from the client. */
  requestComplete = false
  requestTrailers = ''
  requestBytes: Bytes = 0
  /** Copies of what came, for an attempt that has not begun or may be made again. */
  readonly kept: Buffer[] = []
  keptBytes: Bytes = 0
  /** A filter waits for more of the body than has come: written by `body-start`. */
  bodyWait: BodyWait | undefined = undefined
  /** More came than is kept: no other attempt can be made. */
  bodyGone = false
  /** The downstream connection is in the middle of a read, and flushes what goes upstream when it is through. */
  reading = false

  // The response: written by `relay` and `respond`.
  /** What response filters work on. */
  readonly response: ResponseDraft = { status: 0, fields: '', length: -1, coder: undefined }
  /** Stands in for the sink of a response that is compressed on its way. */
  encoded: EncodedResponse | undefined = undefined
  status = 0
  reason: Reason | undefined = undefined
  detail = ''
  headSent = false
  /** The client does not read at the moment, so the upstream is not read either. */
  downstreamFull = false
  responseBytes: Bytes = 0
  informational = 0
  /** The client was told to go on with its body. */
  continued = false
  upstreamMs: Ms = -1
  connectMs: Ms = 0

  // gRPC: written by `grpc/call` and the steps of the response.
  isGrpc = false
  /** It goes where calls can be carried on: limits of time, rate and collecting are not for it. Else anybody could call a request one. */
  isCall = false
  grpcStatus = -1
  /** Code of the HTTP/2 reset by which the endpoint ended the last attempt; -1 when it did not. */
  resetCode = -1

  // Time: written by `timeouts`.
  started: Ms = 0
  startedWall = 0
  durationMs: Ms = 0
  totalAt = Number.POSITIVE_INFINITY
  phaseAt = Number.POSITIVE_INFINITY
  deadline = Number.POSITIVE_INFINITY
  wheelTick = -1
  wheelNext: Timed | undefined = undefined
  wheelPrevious: Timed | undefined = undefined

  constructor(traffic: Traffic) {
    this.traffic = traffic
  }

  get route(): string {
    return this.runtime?.id ?? ''
  }

  get routeSeries(): number {
    return this.runtime?.series ?? 0
  }

  get cluster(): string {
    return this.clusterRuntime?.id ?? ''
  }

  get clusterSeries(): number {
    return this.clusterRuntime?.series ?? 0
  }

  get endpoint(): string {
    return this.endpointRuntime?.key ?? ''
  }

  get clientCertificate(): VerifiedCertificate | undefined {
    return this.tls?.clientCertificate
  }

  get forwardedProto(): string {
    return this.head.forwardedProto
  }

  /** All of the body is there as it goes upstream. */
  get uploadComplete(): boolean {
    return this.decoded === undefined ? this.requestComplete : this.decoded.isComplete
  }

  decode(decoding: BodyDecoding): void {
    if (this.upgrade !== undefined || this.decoded !== undefined) return
    if (this.requestComplete && this.keptBytes === 0) return
    this.decoded = new DecodedRequest(this, decoding)
  }

  ends(): ClientEnds | undefined {
    return this.source?.wire.ends()
  }

  field(name: string): string | undefined {
    return name === 'host' ? this.authority : fieldValue(this.head.fields, name)
  }

  onResponseHead(head: ResponseHead): boolean {
    return relayHead(this, head)
  }

  onResponseData(buffer: Buffer, start: number, end: number, borrowed: boolean): void {
    relayData(this, buffer, start, end, borrowed)
  }

  onResponseEnd(trailers: string): Flushed {
    return relayEnd(this, trailers)
  }

  onResponseTurn(): Flushed {
    const flushed = this.sink?.flush() ?? 'sent'
    this.downstreamFull = flushed === 'full'
    return flushed
  }

  onAttemptFailed(reason: FailureReason, detail: string): void {
    attemptFailed(this, reason, detail)
  }

  onDefect(error: unknown): void {
    containDefect(this, error)
  }

  onUpstreamDrained(): void {
    this.resumeUpload()
  }

  /** More of the request's body may come. */
  resumeUpload(): void {
    if (this.decoded === undefined) this.source?.resumeBody()
    else this.decoded.resume()
  }

  /** The client reads again: the upstream may go on. */
  onDownstreamDrained(): void {
    this.downstreamFull = false
    if (this.encoded === undefined) this.connection?.resume()
    else this.encoded.drained()
  }

  /** A connection of the cluster may be free now. */
  resumeWaiting(): void {
    resumeAttempts(this)
  }

  onDeadline(now: Ms): void {
    try {
      onTimeout(this, now)
    } catch (error) {
      containDefect(this, error)
    }
  }
}
