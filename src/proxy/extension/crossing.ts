import type {
  BodySink,
  ExtensionCall,
  ExtensionEvents,
  ExtensionFailure,
  UpstreamEvents,
  UpstreamRequest,
} from '../../extend/call.ts'
import type { Reason } from '../../model/reasons.ts'
import type { Bytes } from '../../std/units.ts'
import type { AttemptConnection } from '../attempt.ts'
import { armPhase } from '../deadline.ts'
import type { Exchange } from '../exchange.ts'
import type { Flushed } from '../flushed.ts'
import { type Leaving, leaveThisTurn } from '../h2/turn.ts'
import { giveUp } from '../retry.ts'
import { Behind } from './behind.ts'
import { BehindFacts } from './behind-facts.ts'
import { extensionRequest } from './extension-request.ts'
import { reasonOfFailure } from './failure-reason.ts'
import { gatheredBytes } from './gathered.ts'
import { nowhere } from './nowhere.ts'
import { RequestBody } from './request-body.ts'
import { ResponseCheck } from './response-check.ts'
import type { CarryOn, ExtensionStage } from './stage.ts'

/**
 * One request in extensions. For the exchange in front they are the upstream; what they let through is carried on by an exchange
 * behind, which ends with the one in front at the latest, and whose outcome is told as part of that one's.
 *
 * Extensions may answer from within a call, so everything looks afterwards whether the exchange is still there.
 */
export class Crossing implements AttemptConnection, ExtensionEvents, Leaving {
  readonly reused = false
  readonly written = true
  readonly answered = false
  readonly responseEnded = false
  readonly resetCode = -1
  readonly connectMs = 0
  readonly speaks = 'HTTP/1.1'
  isLeaving = false
  readonly #stage: ExtensionStage
  readonly #carryOn: CarryOn
  readonly #facts = new BehindFacts()
  readonly #request = new RequestBody()
  readonly #check = new ResponseCheck()
  readonly #asker: Exchange
  /** The one in front; `undefined` when it is over. */
  #front: Exchange | undefined
  #behind: Behind | undefined = undefined
  #call: ExtensionCall | undefined = undefined
  /** `ended` has told everything that it had to. */
  #callState: 'none' | 'open' | 'ended' = 'none'
  #isAnswered = false
  #gathered: Bytes = 0
  /** The extensions hold the response's body back. */
  #isHeld = false
  /** The request's body waits for the extensions. */
  #isFull = false

  constructor(front: Exchange, stage: ExtensionStage, carryOn: CarryOn) {
    this.#asker = front
    this.#front = front
    this.#stage = stage
    this.#carryOn = carryOn
  }

  /** It goes in with `flush`. */
  sendHead(): void {}

  sendBody(buffer: Buffer, start: number, end: number): void {
    this.#request.add(buffer, start, end)
  }

  /** Trailers do not go through extensions. */
  sendEnd(): void {
    if (this.#request.state === 'on') this.#request.state = 'complete'
  }

  flush(): Flushed {
    const front = this.#front
    if (front === undefined) return 'sent'
    try {
      if (this.#callState === 'none') this.#open(front)
      this.#sendRequest()
    } catch (error) {
      front.onDefect(error)
    }
    return this.#isFull && this.#front !== undefined ? 'full' : 'sent'
  }

  pause(): void {}

  /** The client takes more of the response. */
  resume(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#call?.drained()
  }

  /** It goes on as it is: from now on its bodies are bytes. */
  openTunnel(): AttemptConnection {
    return this
  }

  abandon(): void {
    this.#end()
  }

  head(status: number, fields: string, length: number): void {
    const front = this.#front
    if (front === undefined) return
    try {
      const isAgreement = status === 101 && front.upgrade !== undefined
      const head = isAgreement
        ? this.#check.agreement(fields)
        : this.#check.head(front.method, status, fields, length)
      if (typeof head === 'string') return this.#fail('extension_failed', head)
      if (front.onResponseHead(head)) leaveThisTurn(this)
    } catch (error) {
      front.onDefect(error)
    }
  }

  data(part: Buffer): boolean {
    const front = this.#front
    // The body of an answer to HEAD would be taken for the next response.
    if (front === undefined || part.length === 0 || this.#check.isBodiless || this.#isAnswered) return true
    try {
      this.#takeData(front, part)
    } catch (error) {
      front.onDefect(error)
    }
    if (this.#front?.downstreamFull === true) this.#isHeld = true
    return !this.#isHeld
  }

  end(): void {
    const front = this.#front
    if (front === undefined || this.#isAnswered) return
    const fault = this.#check.end()
    if (fault !== undefined) return this.#fail('extension_failed', fault)
    this.#isAnswered = true
    if (this.#request.state === 'sent') this.#callState = 'ended'
    try {
      front.onResponseEnd('')
    } catch (error) {
      front.onDefect(error)
    }
  }

  drained(): void {
    if (!this.#isFull) return
    this.#isFull = false
    this.#front?.onUpstreamDrained()
  }

  /** The response breaks off: mostly because the one behind did. */
  abort(): void {
    this.#callState = 'ended'
    this.#breakOff('broke its response off')
  }

  failed(why: ExtensionFailure, detail: string): void {
    this.#callState = 'ended'
    if (why === 'threw') return this.#breakOff(detail)
    this.#fail(reasonOfFailure(why), detail)
  }

  upstream(request: UpstreamRequest, events: UpstreamEvents): BodySink {
    const front = this.#front
    const wire = front?.source?.wire
    if (front === undefined || wire === undefined || this.#behind !== undefined) return nowhere(events)
    try {
      const behind = new Behind(wire, this.#stage.exchanges, events)
      this.#behind = behind
      const refusal = behind.begin(this, front, request)
      if (refusal !== undefined) {
        this.#fail('extension_failed', `sent on what is no request: ${refusal.detail}`)
        return nowhere(events)
      }
      behind.start(this.#stage.behind, this.#carryOn)
      return behind.body
    } catch (error) {
      front.onDefect(error)
      return nowhere(events)
    }
  }

  /** Whether it is the exchange behind: what is counted of requests is counted in front. */
  isBehind(exchange: Exchange): boolean {
    return exchange !== this.#asker
  }

  /** The exchange in front has waited for a response as long as one attempt may take: it waits on if there is an attempt. */
  waitedLong(front: Exchange): void {
    if (this.#behind?.exchange === undefined)
      return this.#fail('extension_failed', 'gave no response in time')
    armPhase(front, front.runtime?.perTryMs ?? Number.POSITIVE_INFINITY)
  }

  leave(): void {
    const front = this.#front
    if (front === undefined) return
    this.#gathered = 0
    try {
      front.onResponseTurn()
    } catch (error) {
      front.onDefect(error)
    }
  }

  /**
   * One of its exchanges ends. The one in front is given what its outcome has to tell of the one behind, and takes that with it.
   *
   * @returns whether its end is told: of the one behind it is not.
   */
  ends(exchange: Exchange): 'told' | 'untold' {
    if (exchange !== this.#asker) {
      this.#facts.take(exchange)
      return 'untold'
    }
    this.#lookBehind()
    this.#end()
    this.#facts.tell(exchange)
    return 'told'
  }

  #open(front: Exchange): void {
    this.#callState = 'open'
    const call = this.#stage.host.open(extensionRequest(front, this.#request.length(front)), this)
    if (call === undefined) {
      this.#callState = 'ended'
      return this.#fail('extension_unavailable', this.#stage.host.unavailable ?? '')
    }
    this.#call = call
    // It was over before the call was known.
    if (this.#front === undefined) this.#leaveCall(call)
  }

  #sendRequest(): void {
    const call = this.#call
    if (call === undefined || this.#callState === 'ended') return
    if (!this.#request.leaveTo(call)) this.#isFull = true
    if (this.#request.state !== 'complete' || this.#front === undefined) return
    this.#request.state = 'sent'
    if (this.#isAnswered) this.#callState = 'ended'
    call.end()
  }

  #takeData(front: Exchange, part: Buffer): void {
    const fault = this.#check.data(part.length)
    if (fault !== undefined) return this.#fail('extension_failed', fault)
    front.onResponseData(part, 0, part.length, false)
    this.#gathered += part.length
    if (this.#gathered >= gatheredBytes) this.leave()
    else leaveThisTurn(this)
  }

  /** Why the exchange behind broke off says more than that the extensions did so too. */
  #breakOff(detail: string): void {
    this.#lookBehind()
    const { broke } = this.#facts
    if (broke === undefined) this.#fail('extension_failed', detail)
    else this.#fail(broke.reason, broke.detail)
  }

  #lookBehind(): void {
    const behind = this.#behind?.exchange
    if (behind !== undefined) this.#facts.take(behind)
  }

  /** A response that is whole is not harmed by what comes later; a tunnel may end on one side only. */
  #fail(reason: Reason, detail: string): void {
    const front = this.#front
    if (front === undefined || (this.#isAnswered && front.upgrade?.open !== true)) return
    giveUp(front, reason, detail)
  }

  /** Lets go of everything. */
  #end(): void {
    this.#front = undefined
    this.#request.clear()
    if (this.#call !== undefined) this.#leaveCall(this.#call)
    this.#behind?.cancel()
  }

  #leaveCall(call: ExtensionCall): void {
    if (this.#callState === 'ended') return
    this.#callState = 'ended'
    call.abort()
  }
}
