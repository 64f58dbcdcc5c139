import { errorName, preface } from '../../../../src/wire/h2/protocol.ts'
import { H2Session } from '../../../../src/wire/h2/session.ts'
import type { SessionEvents, SessionSettings } from '../../../../src/wire/h2/session-types.ts'
import type { H2Stream } from '../../../../src/wire/h2/stream.ts'
import { type Frame, frame, frameText, parseFrames } from '../../../support/h2-frames.ts'

export type Stream = H2Stream<string>

export const settings: SessionSettings = {
  streams: 100,
  streamWindow: 65_536,
  connectionWindow: 1024 * 1024,
  headerTable: 4096,
  header: { bytes: 16_384, fields: 100, crumbs: 200, cookieBytes: 16_384 },
  extendedConnect: 'on',
}

/** A session and what it tells, in words. */
export class Engine implements SessionEvents<string> {
  readonly session: H2Session<string>
  readonly told: string[] = []
  readonly live: Stream[] = []
  readonly bodies = new Map<number, string>()
  /** Bytes are given back as they come. */
  credits = true
  /** Does something with each head that comes. */
  onRequest: ((stream: Stream) => void) | undefined = undefined
  #rest: Buffer = Buffer.alloc(0)

  constructor(role: 'server' | 'client', given: Partial<SessionSettings> = {}) {
    this.session = new H2Session<string>(role, { ...settings, ...given }, this)
    this.session.start(0)
  }

  onHead(
    stream: Stream,
    list: { method: string; path: string; status: string; fault: string },
    how: string,
  ): void {
    this.live.push(stream)
    const what = list.status === '' ? `${list.method} ${list.path}` : list.status
    this.told.push(`head ${stream.id} ${what} ${how}${list.fault === 'none' ? '' : ` ${list.fault}`}`)
    this.onRequest?.(stream)
  }

  onTrailers(stream: Stream, list: { fields: string }): void {
    this.told.push(`trailers ${stream.id} ${list.fields.trim()}`)
  }

  onData(stream: Stream, buffer: Buffer, start: number, end: number): void {
    this.bodies.set(stream.id, (this.bodies.get(stream.id) ?? '') + buffer.toString('latin1', start, end))
    if (this.credits) this.session.credit(stream, end - start)
  }

  onEnd(stream: Stream): void {
    this.told.push(`end ${stream.id}`)
  }

  onReset(stream: Stream, code: number): void {
    const safe = stream.unprocessed ? ' unprocessed' : ''
    this.told.push(`reset ${stream.id} ${errorName(code)} by ${stream.resetBy ?? ''}${safe}`)
  }

  onDrained(stream: Stream): void {
    this.told.push(`drained ${stream.id}`)
  }

  onGoaway(lastId: number, code: number): void {
    this.told.push(`goaway ${lastId} ${errorName(code)}`)
  }

  onSettings(): void {
    this.told.push('settings')
  }

  onPong(): void {
    this.told.push('pong')
  }

  onFatal(code: number): void {
    this.told.push(`fatal ${errorName(code)}`)
  }

  /** Bytes of the peer, as one read. */
  push(...parts: (Buffer | string)[]): void {
    const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)))
    this.session.receive(bytes, 0, bytes.length, this.now)
  }

  now = 0

  /** What it wants to send: the bytes of one write. */
  output(): Buffer {
    const bytes = Buffer.concat(this.session.takeOutput())
    this.session.settled()
    return bytes
  }

  frames(): Frame[] {
    const { frames, rest } = parseFrames(Buffer.concat([this.#rest, this.output()]))
    this.#rest = rest
    return frames
  }

  /** Its frames in words. */
  said(): string[] {
    return this.frames().map(frameText)
  }

  /** What was told since the last call. */
  heard(): string[] {
    return this.told.splice(0)
  }
}

/** A server whose client has made the usual start, and whose own start is out of the way. */
export function server(given: Partial<SessionSettings> = {}): Engine {
  const engine = new Engine('server', given)
  engine.push(preface, frame(4, 0, 0), frame(4, 1, 0))
  engine.output()
  engine.heard()
  return engine
}

/** A client and a server that have exchanged their settings. */
export function pair(): { client: Engine; server: Engine } {
  const client = new Engine('client')
  const both = { client, server: new Engine('server') }
  carry(both.client, both.server)
  both.client.heard()
  both.server.heard()
  return both
}

/** Carries bytes both ways until neither has more to say. */
export function carry(a: Engine, b: Engine): void {
  for (let quiet = 0; quiet < 2; ) {
    const bytes = a.output()
    if (bytes.length > 0) b.push(bytes)
    const back = b.output()
    if (back.length > 0) a.push(back)
    quiet = bytes.length + back.length === 0 ? quiet + 1 : 0
  }
}
