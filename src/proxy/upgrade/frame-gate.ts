import type { UpgradeRules } from '../../model/route.ts'
import type { Ms } from '../../std/units.ts'
import type { FrameTracker } from '../../wire/websocket/frame-tracker.ts'
import type { Exchange } from '../exchange.ts'
import { FrameJudge, type Violation } from './frame-judge.ts'
import { endTunnel } from './leave-tunnel.ts'
import type { Upgrade } from './upgrade.ts'

/** What a Close says of each violation. RFC 6455 §7.4.1. */
const closeCodes = { websocket_frame: 1002, websocket_message: 1009, websocket_rate: 1008 } as const

const tooFast: Violation = { reason: 'websocket_rate', detail: 'too many messages a second' }

/**
 * Reads the frames of a websocket for the limits of its route, and lets the very same bytes pass. A frame begins on the other
 * side when its header is complete and allowed: one that is not never does, and a Close can stand in its place.
 */
export class FrameGate {
  readonly #up: Direction
  readonly #down: Direction

  constructor({ messageBytes, messagesPerSecond }: UpgradeRules) {
    const limited = messageBytes > 0
    this.#up = new Direction(limited ? new FrameJudge('client', messageBytes) : undefined, messagesPerSecond)
    this.#down = new Direction(limited ? new FrameJudge('endpoint', messageBytes) : undefined, 0)
  }

  /** Takes bytes of the client. */
  up(exchange: Exchange, upgrade: Upgrade, bytes: PassingBytes): void {
    const send: Send = ({ buffer, start, end, borrowed }) =>
      exchange.connection?.sendBody(buffer, start, end, borrowed)
    const { now } = exchange.traffic.wheel
    const violation = upgrade.up && this.#up.pass(upgrade.up, bytes, send, now)
    if (violation !== undefined) refuse(exchange, upgrade, violation)
  }

  /** Takes bytes of the endpoint. */
  down(exchange: Exchange, upgrade: Upgrade, bytes: PassingBytes): void {
    const send: Send = ({ buffer, start, end, borrowed }) =>
      exchange.sink?.sendData(buffer, start, end, borrowed)
    const { now } = exchange.traffic.wheel
    const violation = upgrade.down && this.#down.pass(upgrade.down, bytes, send, now)
    if (violation !== undefined) refuse(exchange, upgrade, violation)
  }

  /** The endpoint's frames are read no longer. @returns the beginning of a header that was kept back. */
  letGo(): Buffer | undefined {
    return this.#down.letGo()
  }
}

/** A part of a buffer; `borrowed` as everywhere. */
export interface PassingBytes {
  readonly buffer: Buffer
  readonly start: number
  readonly end: number
  readonly borrowed: boolean
}

type Send = (bytes: PassingBytes) => void

function refuse(exchange: Exchange, upgrade: Upgrade, { reason, detail }: Violation): void {
  exchange.reason = reason
  exchange.detail = detail
  endTunnel(exchange, upgrade, closeCodes[reason])
}

/** One direction of a gate. */
class Direction {
  readonly #judge: FrameJudge | undefined
  /** 0 is no limit. */
  readonly #messagesPerSecond: number
  /** The beginning of a header, kept back until the rest has come. */
  #held: Buffer | undefined = undefined
  /** Messages that may come at once: at most those of one second. */
  #allowance: number
  #countedAt: Ms = 0

  constructor(judge: FrameJudge | undefined, messagesPerSecond: number) {
    this.#judge = judge
    this.#messagesPerSecond = messagesPerSecond
    this.#allowance = messagesPerSecond
  }

  pass(tracker: FrameTracker, bytes: PassingBytes, send: Send, now: Ms): Violation | undefined {
    const { buffer, start, end, borrowed } = bytes
    for (let at = start; at < end; ) {
      const isHeader = tracker.atBoundary || tracker.inHeader
      const next = tracker.step(buffer, at, end)
      const violation = this.#look(tracker, isHeader, buffer.subarray(at, next), now)
      if (violation !== undefined) {
        const last = isHeader ? at : next
        if (isHeader) this.#forget(tracker)
        if (last > start) send({ buffer, start, end: last, borrowed })
        return violation
      }
      if (isHeader && tracker.inHeader) {
        if (at > start) send({ buffer, start, end: at, borrowed })
        this.#hold(buffer.subarray(at, next))
        return undefined
      }
      const held = this.letGo()
      if (held !== undefined) send({ buffer: held, start: 0, end: held.length, borrowed: false })
      at = next
    }
    send(bytes)
    return undefined
  }

  letGo(): Buffer | undefined {
    const held = this.#held
    this.#held = undefined
    return held
  }

  #look(tracker: FrameTracker, isHeader: boolean, bytes: Buffer, now: Ms): Violation | undefined {
    const isMessage = isHeader && !tracker.inHeader && tracker.final && tracker.opcode < 8
    if (isMessage && !this.#mayPass(now)) return tooFast
    return this.#judge?.judge(Buffer.from(bytes))
  }

  #mayPass(now: Ms): boolean {
    const most = this.#messagesPerSecond
    if (most === 0) return true
    this.#allowance = Math.min(most, this.#allowance + ((now - this.#countedAt) * most) / 1000)
    this.#countedAt = now
    this.#allowance--
    return this.#allowance >= 0
  }

  #hold(bytes: Buffer): void {
    this.#held = this.#held === undefined ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes])
  }

  /** The frame that began never went on. */
  #forget(tracker: FrameTracker): void {
    this.#held = undefined
    tracker.forget()
  }
}
