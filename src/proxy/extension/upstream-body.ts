import type { BodySink, UpstreamEvents } from '../../extend/call.ts'
import type { Bytes } from '../../std/units.ts'
import type { BodySink as DecodedBody } from '../../wire/h1/body-decoder.ts'
import { containDefect } from '../defect.ts'
import type { Exchange } from '../exchange.ts'
import { bodyLimits } from '../h1/response-limits.ts'
import { type Leaving, leaveThisTurn } from '../h2/turn.ts'
import { giveUp } from '../retry.ts'
import { uploadData, uploadEnd } from '../upload.ts'
import type { Behind } from './behind.ts'
import { gatheredBytes } from './gathered.ts'

/** What extensions send of a request that they let through, and what they say of its response. */
export class UpstreamBody implements BodySink, DecodedBody, Leaving {
  isLeaving = false
  readonly #behind: Behind
  readonly #events: UpstreamEvents
  /** What waits for the end of the turn. */
  #gathered: Bytes = 0
  /** The cluster takes no more at the moment. */
  #isPaused = false
  /** The extensions were told so. */
  #isHeld = false
  #isTunnel = false

  constructor(behind: Behind, events: UpstreamEvents) {
    this.#behind = behind
    this.#events = events
  }

  /** @param length -1 when nobody knows. */
  begin(exchange: Exchange, length: Bytes): void {
    exchange.requestComplete = length === 0
    if (length === 0) {
      exchange.reading = false
      return exchange.requestBody.begin('none', 0, bodyLimits, 'request')
    }
    exchange.requestBody.begin(length > 0 ? 'length' : 'close', length, bodyLimits, 'request')
    // What follows at once leaves together with the head.
    exchange.reading = true
    leaveThisTurn(this)
  }

  data(part: Buffer): boolean {
    const { exchange } = this.#behind
    if (exchange === undefined || exchange.requestComplete || part.length === 0) return true
    try {
      this.#take(exchange, part)
    } catch (error) {
      containDefect(exchange, error)
    }
    this.#isHeld = this.#isPaused && this.#behind.exchange !== undefined
    return !this.#isHeld
  }

  end(): void {
    const { exchange } = this.#behind
    if (exchange === undefined || exchange.requestComplete) return
    try {
      if (!this.#isTunnel && !exchange.requestBody.finish(this))
        return giveUp(exchange, 'extension_failed', 'the extension sent less of a body than it had said')
      uploadEnd(exchange, '')
      this.leave()
    } catch (error) {
      containDefect(exchange, error)
    }
  }

  drained(): void {
    this.#behind.responseDrained()
  }

  abort(): void {
    this.#behind.cancel()
  }

  onBodyData(buffer: Buffer, start: number, end: number): void {
    const { exchange } = this.#behind
    if (exchange !== undefined) uploadData(exchange, buffer, start, end, false)
  }

  onBodyEnd(): void {}

  leave(): void {
    const { exchange } = this.#behind
    if (exchange === undefined) return
    this.#gathered = 0
    exchange.reading = false
    if (exchange.connection?.flush() === 'full') this.#isPaused = true
  }

  /** What comes from now on are bytes. */
  openTunnel(): void {
    this.#isTunnel = true
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#events.drained()
  }

  #take(exchange: Exchange, part: Buffer): void {
    if (this.#isTunnel) uploadData(exchange, part, 0, part.length, false)
    else if (exchange.requestBody.push(part, 0, part.length, this) < part.length)
      return giveUp(exchange, 'extension_failed', 'the extension sent more of a body than it had said')
    this.#gathered += part.length
    if (this.#gathered >= gatheredBytes) this.leave()
    else leaveThisTurn(this)
  }
}
