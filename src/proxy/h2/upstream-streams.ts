import type { Bytes, Ms } from '../../std/units.ts'
import { ResponseHead } from '../../wire/h1/response-head.ts'
import { readResponseHead } from '../../wire/h2/head/response-head.ts'
import { readTrailers } from '../../wire/h2/head/trailers.ts'
import type { HeaderList } from '../../wire/h2/hpack/header-list.ts'
import { H2Session } from '../../wire/h2/session.ts'
import type { SessionEvents } from '../../wire/h2/session-types.ts'
import type { H2Stream } from '../../wire/h2/stream.ts'
import type { AttemptEvents } from '../attempt.ts'
import type { Flushed } from '../flushed.ts'
import { responsePolicy } from '../h1/response-limits.ts'
import { upstreamSettings } from './upstream-settings.ts'
import { type StreamHost, UpstreamStream } from './upstream-stream.ts'

/** From here on the client of a stream waits; when so much waits on all together, every client that has something waiting. */
const streamHigh: Bytes = 64 * 1024
const connectionHigh: Bytes = 2 * 1024 * 1024

/** The connection around the streams. */
export interface UpstreamCarrier {
  readonly scheme: 'http' | 'https'
  /** How often something was written. */
  readonly writes: number
  /** Bytes of others wait in a write. */
  readonly refers: boolean
  /** What is being read is overwritten by the next read. */
  readonly borrowed: boolean
  leaveSoon(): void
  /** A part of a response has come. */
  onProgress(): void
  /** A request that had no response head was given up. */
  onGivenUp(openedAt: Ms): void
  /** There may be room for another request; told outside of reads. */
  onFreed(): void
  /** The endpoint takes no further requests. */
  onGoaway(): void
  onSettings(): void
  /** The session is dead. */
  onFatal(code: number, detail: string): void
}

/** The requests on one endpoint's connection, and how much of them may wait. */
export class UpstreamStreams implements SessionEvents<UpstreamStream>, StreamHost {
  readonly session = new H2Session<UpstreamStream>('client', upstreamSettings, this)
  /** Requests it carries, and those of them whose response head has not come. */
  active = 0
  awaiting = 0
  readonly #carrier: UpstreamCarrier
  readonly #head = new ResponseHead()
  /** Those that hear of the end of the read under way. */
  readonly #touched: UpstreamStream[] = []
  /** Those that hear of the endpoint's first SETTINGS. */
  readonly #unsettled: UpstreamStream[] = []
  #someFull = false
  #reading = false
  #freed = false
  #held = false

  constructor(carrier: UpstreamCarrier) {
    this.#carrier = carrier
  }

  get scheme(): 'http' | 'https' {
    return this.#carrier.scheme
  }

  get writes(): number {
    return this.#carrier.writes
  }

  /** Some client waits for bytes to leave. */
  get someFull(): boolean {
    return this.#someFull
  }

  /** @param reused the connection stood already. */
  open(events: AttemptEvents, reused: 'yes' | 'no', now: Ms): UpstreamStream {
    this.active++
    this.awaiting++
    return new UpstreamStream(this, events, reused, now)
  }

  /** Takes the bytes of one read. @returns whether some of them wait in a write. */
  receive(buffer: Buffer, end: number, now: Ms): 'held' | 'done' {
    this.#reading = true
    this.#held = false
    this.session.receive(buffer, 0, end, now)
    for (const stream of this.#touched) {
      stream.touched = false
      try {
        stream.endTurn()
      } catch (error) {
        stream.defect(error)
      }
    }
    this.#touched.length = 0
    this.#reading = false
    if (this.#freed) this.#free()
    return this.#held ? 'held' : 'done'
  }

  /** What was written has left: clients that waited for it go on. */
  resume(): void {
    if (!this.#someFull) return
    this.#someFull = false
    for (const { owner } of this.session.streams.values()) {
      if (owner?.full !== true) continue
      if (owner.queued > 0) this.#someFull = true
      else this.#guard(owner, () => owner.drained())
    }
  }

  /** Does the same with every request under way. */
  each(act: (stream: UpstreamStream) => void): void {
    for (const { owner } of this.session.streams.values()) {
      if (owner !== undefined) this.#guard(owner, () => act(owner))
    }
    for (const stream of this.#unsettled) this.#guard(stream, () => act(stream))
  }

  leaveSoon(): void {
    this.#carrier.leaveSoon()
  }

  held(stream: UpstreamStream): Flushed {
    const { queued } = stream
    if (queued > streamHigh || (queued > 0 && this.session.queued > connectionHigh)) {
      stream.full = true
      this.#someFull = true
      return 'full'
    }
    return queued > 0 || this.#carrier.refers ? 'held' : 'sent'
  }

  touch(stream: UpstreamStream): void {
    if (stream.touched) return
    stream.touched = true
    this.#touched.push(stream)
  }

  awaitSettings(stream: UpstreamStream): void {
    this.#unsettled.push(stream)
  }

  gave(flushed: Flushed): void {
    if (flushed !== 'sent') this.#held = true
  }

  headSeen(): void {
    this.awaiting--
  }

  givenUp(openedAt: Ms): void {
    this.#carrier.onGivenUp(openedAt)
  }

  over(): void {
    this.active--
    if (this.#reading) this.#freed = true
    else this.#free()
  }

  onHead({ owner }: H2Stream<UpstreamStream>, list: HeaderList, how: 'ended' | 'open'): void {
    if (owner === undefined) return
    this.#carrier.onProgress()
    try {
      const refusal = readResponseHead(list, responsePolicy, this.#head)
      if (refusal === undefined) owner.takeHead(this.#head, how)
      else owner.refuse(refusal)
    } catch (error) {
      owner.defect(error)
    }
  }

  onTrailers({ owner }: H2Stream<UpstreamStream>, list: HeaderList): void {
    if (owner === undefined) return
    this.#carrier.onProgress()
    try {
      const trailers = readTrailers(list, 'response')
      if (typeof trailers === 'string') owner.complete(trailers)
      else owner.refuse(trailers)
    } catch (error) {
      owner.defect(error)
    }
  }

  onData(stream: H2Stream<UpstreamStream>, buffer: Buffer, start: number, end: number): void {
    const { owner } = stream
    if (owner === undefined) return this.session.credit(stream, end - start)
    this.#carrier.onProgress()
    try {
      owner.takeData(buffer, start, end, this.#carrier.borrowed)
    } catch (error) {
      owner.defect(error)
    }
  }

  onEnd({ owner }: H2Stream<UpstreamStream>): void {
    try {
      owner?.complete('')
    } catch (error) {
      owner?.defect(error)
    }
  }

  onReset({ owner }: H2Stream<UpstreamStream>, code: number, detail: string): void {
    try {
      owner?.takeReset(code, detail)
    } catch (error) {
      owner?.defect(error)
    }
  }

  /** Those that wait are told when the write is through. */
  onDrained(): void {}

  onGoaway(): void {
    this.#carrier.onGoaway()
  }

  onSettings(): void {
    this.#freed = true
    for (const stream of this.#unsettled.splice(0)) this.#guard(stream, () => stream.settingsCame())
    this.#carrier.onSettings()
  }

  /** The answer to a ping is a sign of life like any other byte. */
  onPong(): void {}

  onFatal(code: number, detail: string): void {
    this.#carrier.onFatal(code, detail)
  }

  #free(): void {
    this.#freed = false
    this.#carrier.onFreed()
  }

  /** A mistake of ours costs its own exchange and no other. */
  #guard(stream: UpstreamStream, act: () => void): void {
    try {
      act()
    } catch (error) {
      stream.defect(error)
    }
  }
}
