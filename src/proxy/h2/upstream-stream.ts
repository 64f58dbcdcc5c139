import { isBodiless } from '../../http/status.ts'
import type { Bytes, Ms } from '../../std/units.ts'
import type { Refusal } from '../../wire/h1/refusal.ts'
import type { ResponseHead } from '../../wire/h1/response-head.ts'
import type { Framing } from '../../wire/h1/serialise.ts'
import type { RequestPseudo } from '../../wire/h2/hpack/pseudo-memo.ts'
import { errorCode, errorName } from '../../wire/h2/protocol.ts'
import type { H2Session } from '../../wire/h2/session.ts'
import type { H2Stream } from '../../wire/h2/stream.ts'
import type { AttemptConnection, AttemptEvents, FailureReason } from '../attempt.ts'
import type { Flushed } from '../flushed.ts'
import { extendedConnect } from '../upgrade/extended-connect.ts'

/** What a stream needs of its connection. */
export interface StreamHost {
  readonly session: H2Session<UpstreamStream>
  readonly scheme: 'http' | 'https'
  /** How often something was written: what was collected before the last time may have reached the endpoint. */
  readonly writes: number
  /** The output leaves at the end of the turn, or at once. */
  leaveSoon(): void
  /** How much waits for the endpoint. */
  held(stream: UpstreamStream): Flushed
  /** The stream wants to hear of the end of the read. */
  touch(stream: UpstreamStream): void
  /** A client was given the last bytes of a response. */
  gave(flushed: Flushed): void
  /** The response's head is not waited for any more. */
  headSeen(): void
  /** The request was given up, nobody knows why. */
  givenUp(openedAt: Ms): void
  /** The stream wants to hear of the endpoint's SETTINGS. */
  awaitSettings(stream: UpstreamStream): void
  /** The stream carries nothing any more. */
  over(): void
}

/** One request on an endpoint's HTTP/2 connection. */
export class UpstreamStream implements AttemptConnection {
  readonly speaks = 'HTTP/2'
  readonly reused: boolean
  connectMs: Ms = 0
  answered = false
  responseEnded = false
  resetCode = -1
  /** In the list of those that hear of the end of the read. */
  touched = false
  /** It was told that it holds too much, and not yet that it may go on. */
  full = false
  readonly #host: StreamHost
  readonly #openedAt: Ms
  #events: AttemptEvents | undefined
  #stream: H2Stream<UpstreamStream> | undefined = undefined
  #writes = 0
  #answersHead = false
  #awaitsHead = true
  #paused = false
  /** Whether it asks for a tunnel, and has one; `heard` when the endpoint has ended its direction. */
  #tunnel: 'no' | 'asked' | 'open' | 'heard' = 'no'
  /** What waits for the endpoint's SETTINGS. */
  #asked: { readonly pseudo: RequestPseudo; readonly fields: string } | undefined = undefined
  /** The last byte of the request has been given. */
  #ended = false
  /** Bytes of the response that were taken while it was paused: given back when it goes on. */
  #withheld: Bytes = 0

  /** @param reused the connection stood already. */
  constructor(host: StreamHost, events: AttemptEvents, reused: 'yes' | 'no', now: Ms) {
    this.#host = host
    this.#events = events
    this.#openedAt = now
    this.reused = reused === 'yes'
  }

  get written(): boolean {
    return this.#host.writes > this.#writes
  }

  /** Bytes of the request that wait. */
  get queued(): Bytes {
    return this.#stream?.queued ?? 0
  }

  sendHead(method: string, target: string, host: string, fields: string, framing: Framing): void {
    const { scheme } = this.#host
    const length = typeof framing === 'number' ? `content-length: ${framing}\r\n` : ''
    this.#answersHead = method === 'HEAD'
    this.#writes = this.#host.writes
    const pseudo = { method, scheme, authority: host, path: target, protocol: '' }
    if (framing === 'tunnel') return this.#askTunnel(pseudo, fields)
    this.#send(pseudo, fields + length)
  }

  sendBody(buffer: Buffer, start: number, end: number, borrowed: boolean): void {
    if (this.#stream !== undefined) this.#host.session.sendData(this.#stream, buffer, start, end, borrowed)
  }

  sendEnd(trailers: string): void {
    if (this.#stream === undefined) return
    this.#host.session.sendEnd(this.#stream, trailers)
    this.#ended = true
    if (this.#tunnel === 'heard') this.#part()
  }

  flush(): Flushed {
    this.#host.leaveSoon()
    return this.#host.held(this)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    if (this.#stream === undefined || this.#withheld === 0) return
    this.#host.session.credit(this.#stream, this.#withheld)
    this.#withheld = 0
    this.#host.leaveSoon()
  }

  openTunnel(): AttemptConnection {
    this.#tunnel = 'open'
    return this
  }

  /** The endpoint's SETTINGS have come: they say whether it takes what the stream waits to ask. */
  settingsCame(): void {
    const asked = this.#asked
    this.#asked = undefined
    if (asked === undefined || this.#events === undefined) return
    if (!this.#host.session.peer.extendedConnect)
      return this.fail('upstream_bad_response', 'the endpoint does not take extended CONNECT')
    this.#send(asked.pseudo, asked.fields)
    this.#host.leaveSoon()
  }

  abandon(): void {
    if (this.#events === undefined) return
    if (this.#awaitsHead) this.#host.givenUp(this.#openedAt)
    this.#release()
  }

  /** The bytes that waited have left. */
  drained(): void {
    this.full = false
    this.#events?.onUpstreamDrained()
  }

  /** A head has come, a 1xx one included. */
  takeHead(head: ResponseHead, how: 'ended' | 'open'): void {
    this.answered = true
    if (head.status < 200) {
      if (this.#events?.onResponseHead(head) === true) this.#host.touch(this)
      return
    }
    this.#seeHead()
    const isEmpty = this.#answersHead || isBodiless(head.status)
    if (how === 'ended' && !isEmpty && head.contentLength > 0) return this.refuse(unevenLength)
    this.responseEnded = isEmpty || how === 'ended'
    const isTunnel = this.#tunnel === 'asked' && head.status < 300
    if (!isTunnel && !this.responseEnded && head.contentLength >= 0 && this.#stream !== undefined)
      this.#host.session.expect(this.#stream, head.contentLength)
    if (this.#events?.onResponseHead(head) !== true) return
    if (this.responseEnded) this.complete('')
    else this.#host.touch(this)
  }

  /** Bytes of the response have come. */
  takeData(buffer: Buffer, start: number, end: number, borrowed: boolean): void {
    const stream = this.#stream
    if (stream === undefined) return
    if (this.#paused) this.#withheld += end - start
    else this.#host.session.credit(stream, end - start)
    this.#host.touch(this)
    this.#events?.onResponseData(buffer, start, end, borrowed)
  }

  /** Everything of one read has been told. */
  endTurn(): void {
    const flushed = this.#events?.onResponseTurn()
    if (flushed === undefined) return
    if (flushed === 'full') this.#paused = true
    this.#host.gave(flushed)
  }

  /** The response is complete; what is still to come of the request is not wanted. */
  complete(trailers: string): void {
    const events = this.#events
    if (events === undefined) return
    if (this.#tunnel === 'open') return this.#endTunnel(events)
    this.#events = undefined
    const flushed = events.onResponseEnd(trailers)
    this.#host.gave(flushed)
    this.#release()
  }

  /** What came is no response. */
  refuse(refusal: Refusal): void {
    const isLarge = refusal.reason === 'upstream_head_too_large'
    this.fail(isLarge ? 'upstream_head_too_large' : 'upstream_bad_response', refusal.detail)
  }

  /** The stream was reset, by either side. */
  takeReset(code: number, detail: string): void {
    const stream = this.#stream
    const name = detail === '' ? errorName(code) : `${errorName(code)}: ${detail}`
    if (stream?.unprocessed === true) return this.fail('upstream_refused', name)
    this.answered = true
    this.resetCode = code
    const isOurs = stream?.resetBy === 'us'
    const early = isOurs ? 'upstream_bad_response' : 'upstream_reset'
    this.fail(this.#awaitsHead ? early : 'upstream_incomplete', isOurs ? name : `stream reset: ${name}`)
  }

  /** The connection has gone, or cannot be used. */
  lose(how: string): void {
    this.fail(this.answered ? 'upstream_incomplete' : 'upstream_reset', how)
  }

  fail(reason: FailureReason, detail: string): void {
    const events = this.#events
    if (events === undefined) return
    this.#events = undefined
    this.#release()
    events.onAttemptFailed(reason, detail)
  }

  /** A mistake of ours, while the response was being handled. */
  defect(error: unknown): void {
    const events = this.#events
    this.#events = undefined
    this.#release()
    events?.onDefect(error)
  }

  #send(pseudo: RequestPseudo, fields: string): void {
    this.#stream = this.#host.session.sendRequest(pseudo, fields)
    this.#stream.owner = this
  }

  /** An extended CONNECT may not go before the endpoint has said that it takes one. RFC 8441 §3. */
  #askTunnel(request: RequestPseudo, fields: string): void {
    const connect = extendedConnect(fields)
    this.#tunnel = 'asked'
    this.#asked = {
      pseudo: { ...request, method: 'CONNECT', protocol: connect.protocol },
      fields: connect.fields,
    }
    // Not at once, because whoever sends does not expect to be told meanwhile that it was in vain.
    if (this.#host.session.started) queueMicrotask(() => this.settingsCame())
    else this.#host.awaitSettings(this)
  }

  /** The endpoint has sent its last byte through the tunnel; it may still be sent some. */
  #endTunnel(events: AttemptEvents): void {
    this.#tunnel = 'heard'
    if (this.#ended) this.#part()
    this.#host.gave(events.onResponseEnd(''))
  }

  /** A tunnel is over in good order: what waits still leaves. */
  #part(): void {
    if (this.#stream !== undefined) this.#stream.owner = undefined
    this.#stream = undefined
    this.#events = undefined
    this.#host.leaveSoon()
    this.#host.over()
  }

  #seeHead(): void {
    if (!this.#awaitsHead) return
    this.#awaitsHead = false
    this.#host.headSeen()
  }

  /** Gives the stream back; one that could go on is reset. */
  #release(): void {
    const stream = this.#stream
    this.#stream = undefined
    this.#events = undefined
    this.#seeHead()
    if (this.#asked !== undefined) this.#host.over()
    this.#asked = undefined
    if (stream === undefined) return
    stream.owner = undefined
    if (!stream.closed && !(stream.remoteEnded && stream.localEnded)) {
      this.#host.session.reset(stream, errorCode.cancel)
      this.#host.leaveSoon()
    }
    this.#host.over()
  }
}

const unevenLength: Refusal = {
  reason: 'upstream_bad_response',
  detail: 'content-length without a body',
}
