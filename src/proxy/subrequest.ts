import type { Asker, Pending, Subrequest, SubrequestAnswer } from '../filters/subrequest.ts'
import { isIdempotent } from '../http/methods.ts'
import type { Timed } from '../std/timer-wheel.ts'
import type { Ms } from '../std/units.ts'
import type { Waiter } from '../upstream/breaker.ts'
import type { Cluster } from '../upstream/cluster.ts'
import type { Endpoint, RequestResult } from '../upstream/endpoint.ts'
import type { ResponseHead } from '../wire/h1/response-head.ts'
import type { AttemptConnection, AttemptEvents, FailureReason } from './attempt.ts'
import type { Flushed } from './flushed.ts'
import { UpstreamH1 } from './h1/upstream.ts'
import { UpstreamH2 } from './h2/upstream.ts'
import { ownHeaderFor } from './proxy-header.ts'
import { drainedBytes } from './respond.ts'
import type { Traffic } from './traffic.ts'

/** Further attempts after connections that were never made: nothing was sent, so nothing can run twice. */
const connectRetries = 2
/** 1xx responses of one question; as many as of a request. Hardening table 1.7. */
const mostInformational = 10

/**
 * Asks a cluster on behalf of a request. What was lent by breaker, balancer and pool is given back however it ends; the promise
 * settles once, at the latest when the time is over, and never rejects.
 */
export function subrequest(traffic: Traffic, request: Asker, asked: Subrequest): Promise<SubrequestAnswer> {
  const { promise, resolve } = Promise.withResolvers<SubrequestAnswer>()
  const running = new RunningSubrequest(traffic, request, asked, resolve)
  request.pending = running
  running.start()
  return promise
}

/** One question on its way. It reads of its request what the balancer needs, and only as long as the request waits. */
class RunningSubrequest implements AttemptEvents, Waiter, Timed, Pending {
  deadline = Number.POSITIVE_INFINITY
  wheelTick = -1
  wheelNext: Timed | undefined = undefined
  wheelPrevious: Timed | undefined = undefined
  readonly #traffic: Traffic
  readonly #request: Asker
  readonly #asked: Subrequest
  readonly #resolve: (answer: SubrequestAnswer) => void
  readonly #tried: Endpoint[] = []
  #cluster: Cluster | undefined = undefined
  #endpoint: Endpoint | undefined = undefined
  #connection: AttemptConnection | undefined = undefined
  #isOver = false
  /** The answer is complete. */
  #isFree = false
  #attempts = 0
  #startedAt: Ms = 0
  #informational = 0
  #status = 0
  #fields = ''
  #parts: Buffer[] = []
  #bytes = 0

  constructor(
    traffic: Traffic,
    request: Asker,
    asked: Subrequest,
    resolve: (answer: SubrequestAnswer) => void,
  ) {
    this.#traffic = traffic
    this.#request = request
    this.#asked = asked
    this.#resolve = resolve
  }

  start(): void {
    const { registry, wheel, clock } = this.#traffic
    const id = this.#asked.cluster
    const cluster = registry.cluster(id)
    if (cluster === undefined) return this.#fail('does not exist')
    const refusal = cluster.admit()
    if (refusal !== undefined) return this.#fail(refusal)
    this.#cluster = cluster
    wheel.arm(this, clock.now() + this.#asked.timeout)
    this.#contained(() => this.#attempt(cluster))
  }

  stop(): void {
    if (!this.#isOver) this.#end({ kind: 'unanswered', detail: 'the request has ended' }, 'cancelled')
  }

  resumeWaiting(): void {
    const cluster = this.#cluster
    if (this.#isOver || cluster === undefined) return
    this.#contained(() => this.#attempt(cluster))
  }

  onDeadline(): void {
    // Without a connection it waited for one: that is no endpoint's fault.
    if (!this.#isOver) this.#fail(`did not answer within ${this.#asked.timeout} ms`)
  }

  onResponseHead(head: ResponseHead): boolean {
    if (head.status >= 200) {
      this.#status = head.status
      this.#fields = head.fields
      return true
    }
    if (head.status !== 101 && ++this.#informational <= mostInformational) return true
    this.#fail(head.status === 101 ? 'answered 101' : 'answered 1xx again and again')
    return false
  }

  onResponseData(buffer: Buffer, start: number, end: number): void {
    this.#bytes += end - start
    if (this.#bytes > this.#asked.answerBytes) this.#parts = []
    else this.#parts.push(Buffer.from(buffer.subarray(start, end)))
  }

  onResponseTurn(): Flushed {
    // The status is known, and the rest of so large a body costs more than another connection.
    if (this.#bytes > Math.max(this.#asked.answerBytes, drainedBytes)) this.#answered('in part', '')
    return 'sent'
  }

  onResponseEnd(trailers: string): Flushed {
    this.#answered('whole', trailers)
    return 'sent'
  }

  onAttemptFailed(reason: FailureReason, detail: string): void {
    const [cluster, endpoint, connection] = [this.#cluster, this.#endpoint, this.#connection]
    if (this.#isOver || cluster === undefined || endpoint === undefined) return
    const isUnsent = unsent.has(reason) && this.#attempts <= connectRetries
    const isStale = reason === 'upstream_reset' && connection?.reused === true && !connection.answered
    const isSafe = isIdempotent(this.#asked.method) || connection?.written === false
    if (isUnsent || (isStale && isSafe && this.#attempts < 2)) {
      const isRefused = reason === 'upstream_refused'
      this.#settle(isRefused ? 'cancelled' : 'failure')
      this.#traffic.counters.retried(isStale ? 'reused' : isRefused ? 'refused' : 'connect')
      this.#tried.push(endpoint)
      return this.#contained(() => this.#attempt(cluster))
    }
    this.#fail(`${reason}: ${detail} (attempt ${this.#attempts})`)
  }

  onDefect(error: unknown): void {
    this.#traffic.onDefect(error, '')
    if (!this.#isOver) this.#fail('internal error')
  }

  onUpstreamDrained(): void {}

  #attempt(cluster: Cluster): void {
    const endpoint = cluster.pick(this.#request, this.#tried)
    if (endpoint === undefined) return this.#fail('has no endpoint')
    const now = this.#traffic.clock.now()
    const connection = this.#take(cluster, endpoint, now)
    if (connection === undefined) {
      if (!cluster.wait(this)) this.#fail('has too many that wait for a connection')
      return
    }
    this.#attempts++
    this.#endpoint = endpoint
    this.#connection = connection
    this.#startedAt = now
    endpoint.begin(now)
    const { method, target, fields, content, host = hostFor(cluster, endpoint, this.#request) } = this.#asked
    const length = content?.length ?? (bodiless.has(method) ? 'none' : 0)
    connection.sendHead(method, target, host, fields, length)
    if (content !== undefined && content.length > 0) connection.sendBody(content, 0, content.length, false)
    connection.sendEnd('')
    connection.flush()
  }

  /** A connection that is free, or a new one; `undefined` when the cluster has no room for it. */
  #take(cluster: Cluster, endpoint: Endpoint, now: Ms): AttemptConnection | undefined {
    const { counters, upstreamDeps } = this.#traffic
    if (cluster.spec.protocol === 'h2') {
      const shared = endpoint.takeShared(now)
      if (shared instanceof UpstreamH2) {
        counters.upstreamReused(cluster.series)
        return shared.attach(this)
      }
      return cluster.mayConnect() ? new UpstreamH2(endpoint, cluster, upstreamDeps).attach(this) : undefined
    }
    // Questions of several clients share connections, which belong to none of them.
    const header = ownHeaderFor(cluster.spec.proxyProtocol)
    const need = isIdempotent(this.#asked.method) ? 'any' : 'fresh'
    const idle = header.length === 0 ? endpoint.takeIdle(now, need) : undefined
    if (idle instanceof UpstreamH1) counters.upstreamReused(cluster.series)
    else if (!cluster.mayConnect()) return undefined
    const connection =
      idle instanceof UpstreamH1 ? idle : new UpstreamH1(endpoint, cluster, upstreamDeps, header)
    connection.attach(this)
    return connection
  }

  /** @param came `in part` leaves the connection in the middle of a body. */
  #answered(came: 'whole' | 'in part', trailers: string): void {
    if (this.#isOver) return
    if (came === 'whole') this.#isFree = true
    const [status, fields] = [this.#status, this.#fields]
    const body = this.#bytes > this.#asked.answerBytes ? undefined : Buffer.concat(this.#parts)
    const isGatewayError = status >= 502 && status <= 504
    this.#end({ kind: 'answered', status, fields, body, trailers }, isGatewayError ? 'failure' : 'success')
  }

  #fail(why: string): void {
    const detail = `cluster "${this.#asked.cluster}": ${why}`
    this.#end({ kind: 'unanswered', detail }, 'failure')
  }

  /** Gives back what was lent, once, and tells what came of it. */
  #end(answer: SubrequestAnswer, result: RequestResult): void {
    this.#isOver = true
    this.#traffic.wheel.remove(this)
    this.#cluster?.cancelWait(this)
    const connection = this.#connection
    this.#settle(result)
    // After a whole answer the connection is the pool's again.
    if (!this.#isFree) connection?.abandon()
    this.#cluster?.release()
    if (this.#request.pending === this) this.#request.pending = undefined
    this.#resolve(answer)
  }

  #settle(result: RequestResult): void {
    if (this.#connection === undefined) return
    this.#connection = undefined
    this.#endpoint?.end(this.#traffic.clock.now(), this.#startedAt, result)
  }

  /** A mistake of ours ends this question and nothing else. */
  #contained(step: () => void): void {
    try {
      step()
    } catch (error) {
      this.onDefect(error)
    }
  }
}

/** Nothing was sent, or the endpoint says that it has not begun. */
const unsent: ReadonlySet<FailureReason> = new Set([
  'upstream_connect',
  'upstream_tls',
  'connect_timeout',
  'upstream_refused',
])

/** Methods of which nobody expects a length. */
const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

function hostFor({ spec }: Cluster, endpoint: Endpoint, request: Asker): string {
  if (spec.host === 'pass') return request.authority
  return spec.host === 'endpoint' ? endpoint.authority : spec.host
}
