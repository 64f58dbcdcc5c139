import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { HpackDecoder } from '../../src/wire/h2/hpack/decoder.ts'
import { HeaderList } from '../../src/wire/h2/hpack/header-list.ts'
import { errorName, frameType, preface } from '../../src/wire/h2/protocol.ts'
import { block, type Frame, frame, parseFrames, settingsPayload, u32 } from './h2-frames.ts'
import type { Field } from './message-reader.ts'
import { patienceMs, until, within } from './raw-client.ts'

/** What came on one stream. */
export interface H2Answer {
  /** 0 until the final head came. */
  status: number
  fields: readonly Field[]
  /** Statuses of 1xx heads. */
  readonly interim: number[]
  readonly pieces: Buffer[]
  bytes: number
  trailers: readonly Field[]
  ended: boolean
  /** The name of the code; `undefined` while it was not reset. */
  reset: string | undefined
}

export interface H2ClientOptions {
  /** Settings to announce. */
  readonly settings?: readonly (readonly [id: number, value: number])[]
  /** Windows are opened as DATA comes; `no` leaves them as they are. */
  readonly credits?: 'yes' | 'no'
  /** Sends nothing of itself, not even the preface, and acknowledges nothing. */
  readonly silent?: 'yes'
}

export type Pseudo = readonly Field[]

/** The pseudo fields of a plain request. */
export function pseudo(method = 'GET', path = '/', authority = 'a.test'): Pseudo {
  return [
    [':method', method],
    [':scheme', 'http'],
    [':path', path],
    [':authority', authority],
  ]
}

/** An HTTP/2 client that sends the frames it is told to, right or wrong, and records what comes. */
export class H2Client implements Disposable {
  readonly socket: Socket
  readonly frames: Frame[] = []
  readonly answers = new Map<number, H2Answer>()
  /** Last stream and the name of the code, of each GOAWAY. */
  readonly goaways: (readonly [lastId: number, code: string])[] = []
  state: 'open' | 'fin' | 'reset' = 'open'
  #rest: Buffer = Buffer.alloc(0)
  #next = 1
  readonly #options: H2ClientOptions
  readonly #decoder = new HpackDecoder(4096)
  readonly #closed = Promise.withResolvers<void>()

  private constructor(socket: Socket, options: H2ClientOptions) {
    this.socket = socket
    this.#options = options
    socket.on('data', (data: Buffer) => this.#onData(data))
    socket.on('end', () => this.#end('fin'))
    socket.on('error', () => this.#end('reset'))
    socket.on('close', () => this.#end('reset'))
  }

  static async connect(port: number, options: H2ClientOptions = {}): Promise<H2Client> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true })
    await once(socket, 'connect')
    const client = new H2Client(socket, options)
    if (options.silent === undefined) {
      client.send(
        Buffer.from(preface),
        frame(frameType.settings, 0, 0, settingsPayload(...(options.settings ?? []))),
      )
    }
    return client
  }

  send(...frames: Buffer[]): this {
    if (this.socket.writable) this.socket.write(Buffer.concat(frames))
    return this
  }

  /** A stream id for the next request. */
  id(): number {
    const id = this.#next
    this.#next += 2
    return id
  }

  /** Sends a request; without a body its head ends the stream. @returns its stream. */
  request(fields: readonly Field[], body?: string | Buffer): number {
    const id = this.id()
    this.head(id, fields, body === undefined ? 'end' : 'open')
    if (body !== undefined) this.body(id, body, 'end')
    return id
  }

  head(id: number, fields: readonly Field[], how: 'end' | 'open'): this {
    return this.send(frame(frameType.headers, how === 'end' ? 5 : 4, id, block(...fields)))
  }

  /** Sends DATA without regard to windows. */
  body(id: number, body: string | Buffer, how: 'end' | 'open'): this {
    const bytes = Buffer.from(body as string, 'latin1')
    const frames: Buffer[] = []
    for (let at = 0; at < bytes.length; at += 16_384)
      frames.push(frame(0, 0, id, bytes.subarray(at, at + 16_384)))
    if (how === 'end') frames.push(frame(0, 1, id))
    return this.send(...frames)
  }

  reset(id: number, code = 8): this {
    return this.send(frame(frameType.resetStream, 0, id, u32(code)))
  }

  answer(id: number): H2Answer {
    let answer = this.answers.get(id)
    if (answer === undefined) {
      answer = {
        status: 0,
        fields: [],
        interim: [],
        pieces: [],
        bytes: 0,
        trailers: [],
        ended: false,
        reset: undefined,
      }
      this.answers.set(id, answer)
    }
    return answer
  }

  /** The answer of a stream once it is complete or reset; rejects when the connection ends before. */
  async response(id: number): Promise<H2Answer> {
    const answer = this.answer(id)
    const isOver = () => answer.ended || answer.reset !== undefined
    await until(() => isOver() || this.state !== 'open', `stream ${id} is answered`)
    if (isOver()) return answer
    throw new Error(
      `the connection ended (${this.state}) before stream ${id}: ${JSON.stringify(this.goaways)}`,
    )
  }

  /** Waits until the gateway has ended the connection. */
  async ended(ms = patienceMs): Promise<'fin' | 'reset'> {
    await within(this.#closed.promise, `the end of the connection after ${JSON.stringify(this.goaways)}`, ms)
    return this.state as 'fin' | 'reset'
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }

  #onData(data: Buffer): void {
    const { frames, rest } = parseFrames(this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]))
    this.#rest = Buffer.from(rest)
    for (const each of frames) this.#onFrame(each)
  }

  #onFrame(each: Frame): void {
    const { type, flags, id, payload } = each
    this.frames.push(each)
    const isEnd = (flags & 1) !== 0
    switch (type) {
      case frameType.headers:
        return this.#onHead(this.answer(id), payload, isEnd)
      case frameType.data:
        return this.#onBody(id, payload, isEnd)
      case frameType.resetStream:
        this.answer(id).reset = errorName(payload.readUInt32BE(0))
        return
      case frameType.goaway:
        this.goaways.push([payload.readUInt32BE(0), errorName(payload.readUInt32BE(4))])
        return
      case frameType.settings:
      case frameType.ping:
        if (!isEnd && this.#options.silent === undefined)
          this.send(frame(type, 1, 0, type === 6 ? payload : ''))
    }
  }

  #onBody(id: number, payload: Buffer, isEnd: boolean): void {
    const answer = this.answer(id)
    answer.bytes += payload.length
    answer.pieces.push(payload)
    answer.ended ||= isEnd
    if (payload.length === 0 || this.#options.credits === 'no') return
    const more = u32(payload.length)
    this.send(frame(frameType.windowUpdate, 0, 0, more), frame(frameType.windowUpdate, 0, id, more))
  }

  #onHead(answer: H2Answer, payload: Buffer, isEnd: boolean): void {
    const list = new HeaderList()
    if (this.#decoder.decode(payload, 0, payload.length, noLimits, list) !== undefined)
      throw new Error('a header block of the gateway cannot be decoded')
    const fields = list.fields
      .split('\r\n')
      .slice(0, -1)
      .map((line): Field => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
    if (answer.status !== 0) answer.trailers = fields
    else if (list.status.startsWith('1')) answer.interim.push(Number(list.status))
    else {
      answer.status = Number(list.status)
      answer.fields = fields
    }
    answer.ended ||= isEnd
  }

  #end(state: 'fin' | 'reset'): void {
    if (this.state === 'open') this.state = state
    this.#closed.resolve()
  }
}

const noLimits = { bytes: 0, fields: 0, crumbs: 0, cookieBytes: 0 }

/** The body of an answer as latin1 text. */
export function h2Body(answer: H2Answer): string {
  return Buffer.concat(answer.pieces).toString('latin1')
}
