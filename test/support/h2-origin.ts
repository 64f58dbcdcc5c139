import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { HpackDecoder } from '../../src/wire/h2/hpack/decoder.ts'
import { HeaderList } from '../../src/wire/h2/hpack/header-list.ts'
import { errorName, frameType, preface } from '../../src/wire/h2/protocol.ts'
import { block, type Frame, frame, parseFrames, settingsPayload, u32 } from './h2-frames.ts'
import type { Field } from './message-reader.ts'

/** A request as it came over HTTP/2, completed as it goes on. */
export interface H2Request {
  readonly stream: H2OriginStream
  /** Pseudo fields are in the list of the block: method, path and so on. */
  readonly list: HeaderList
  readonly fields: readonly Field[]
  bytes: number
  /** The first MiB of the body. */
  readonly pieces: Buffer[]
  trailers: readonly Field[]
  ended: boolean
  /** The name of the code; `undefined` while it was not reset. */
  reset: string | undefined
}

/** What the origin does; without `onHead` and `onRequest` it answers `200` with the body `origin`. */
export interface H2Script {
  /** A head has come. */
  readonly onHead?: (request: H2Request) => void
  /** The request is complete. */
  readonly onRequest?: (request: H2Request) => void
  /** Bytes of a body have come, and were credited unless the options say no. */
  readonly onData?: (request: H2Request, data: Buffer) => void
  /** In place of SETTINGS, what the origin begins with. */
  readonly onConnection?: (connection: H2OriginConnection) => void
}

export interface H2OriginOptions {
  /** Settings to announce. */
  readonly settings?: readonly (readonly [id: number, value: number])[]
  /** Windows are opened as DATA comes; `no` leaves them as they are. */
  readonly credits?: 'yes' | 'no'
  /** Pings are answered. */
  readonly pongs?: 'yes' | 'no'
}

/** A way to answer one request. */
export class H2OriginStream {
  readonly id: number
  readonly connection: H2OriginConnection

  constructor(id: number, connection: H2OriginConnection) {
    this.id = id
    this.connection = connection
  }

  head(status: number | string, fields: readonly Field[] = [], how: 'end' | 'open' = 'open'): this {
    return this.fields([[':status', String(status)], ...fields], how)
  }

  /** A header block of whatever is in it: head or trailers. */
  fields(fields: readonly Field[], how: 'end' | 'open'): this {
    this.connection.send(frame(frameType.headers, how === 'end' ? 5 : 4, this.id, block(...fields)))
    return this
  }

  /** Sends DATA without regard to windows. */
  body(body: string | Buffer, how: 'end' | 'open' = 'end'): this {
    const bytes = Buffer.from(body as string, 'latin1')
    for (let at = 0; at < bytes.length; at += 16_384)
      this.connection.send(frame(frameType.data, 0, this.id, bytes.subarray(at, at + 16_384)))
    if (how === 'end') this.connection.send(frame(frameType.data, 1, this.id))
    return this
  }

  trailers(fields: readonly Field[]): this {
    return this.fields(fields, 'end')
  }

  reset(code: number): this {
    this.connection.send(frame(frameType.resetStream, 0, this.id, u32(code)))
    return this
  }

  /** Opens the window of the stream, and that of the connection. */
  credit(bytes: number): this {
    const update = (id: number) => frame(frameType.windowUpdate, 0, id, u32(bytes))
    this.connection.send(update(0), update(this.id))
    return this
  }
}

/** One connection that the origin accepted. */
export class H2OriginConnection {
  readonly index: number
  readonly socket: Socket
  readonly frames: Frame[] = []
  readonly requests = new Map<number, H2Request>()
  /** Last stream and the name of the code, of each GOAWAY that came. */
  readonly goaways: (readonly [lastId: number, code: string])[] = []
  /** How the gateway ended it. */
  state: 'open' | 'fin' | 'reset' | 'closed' = 'open'
  readonly #origin: H2Origin
  readonly #decoder = new HpackDecoder(4096)
  #rest: Buffer = Buffer.alloc(0)
  #begun = false

  constructor(index: number, socket: Socket, origin: H2Origin) {
    this.index = index
    this.socket = socket
    this.#origin = origin
    socket.on('data', (data: Buffer) => this.#onData(data))
    socket.on('end', () => {
      if (this.state === 'open') this.state = 'fin'
      socket.end()
    })
    socket.on('error', () => {
      this.state = 'reset'
    })
    socket.on('close', () => {
      if (this.state === 'open') this.state = 'closed'
    })
  }

  send(...frames: Buffer[]): this {
    if (this.socket.writable) this.socket.write(Buffer.concat(frames))
    return this
  }

  goaway(lastId: number, code = 0): this {
    return this.send(frame(frameType.goaway, 0, 0, u32(lastId, code)))
  }

  /** How many pings that ask came. */
  get pings(): number {
    return this.frames.filter(({ type, flags }) => type === frameType.ping && flags === 0).length
  }

  #onData(data: Buffer): void {
    let bytes = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data])
    if (!this.#begun && bytes.length >= preface.length) {
      if (bytes.toString('latin1', 0, preface.length) !== preface) throw new Error('no preface of HTTP/2')
      this.#begun = true
      bytes = bytes.subarray(preface.length)
    }
    const { frames, rest } = this.#begun ? parseFrames(bytes) : { frames: [], rest: bytes }
    this.#rest = Buffer.from(rest)
    for (const each of frames) this.#onFrame(each)
  }

  #onFrame(each: Frame): void {
    const { type, flags, id, payload } = each
    const { options } = this.#origin
    this.frames.push({ ...each, payload: type === frameType.data ? noBytes : payload })
    switch (type) {
      case frameType.headers:
        return this.#onBlock(id, payload, (flags & 1) !== 0)
      case frameType.data:
        return this.#onBody(id, payload, (flags & 1) !== 0)
      case frameType.resetStream: {
        const request = this.requests.get(id)
        if (request !== undefined) request.reset = errorName(payload.readUInt32BE(0))
        return
      }
      case frameType.goaway:
        this.goaways.push([payload.readUInt32BE(0), errorName(payload.readUInt32BE(4))])
        return
      case frameType.settings:
        if (flags === 0) this.send(frame(type, 1, 0))
        return
      case frameType.ping:
        if (flags === 0 && options.pongs !== 'no') this.send(frame(type, 1, 0, payload))
    }
  }

  #onBlock(id: number, payload: Buffer, ended: boolean): void {
    const list = new HeaderList()
    if (this.#decoder.decode(payload, 0, payload.length, noLimits, list) !== undefined)
      throw new Error('a header block of the gateway cannot be decoded')
    const fields = fieldsOf(list)
    const known = this.requests.get(id)
    if (known === undefined) this.#begin(id, list, ended)
    else {
      known.trailers = fields
      known.ended = ended
      this.#origin.told(known)
    }
  }

  #begin(id: number, list: HeaderList, ended: boolean): void {
    const request: H2Request = {
      stream: new H2OriginStream(id, this),
      list,
      fields: fieldsOf(list),
      bytes: 0,
      pieces: [],
      trailers: [],
      ended,
      reset: undefined,
    }
    this.requests.set(id, request)
    this.#origin.begun(request)
    if (ended) this.#origin.told(request)
  }

  #onBody(id: number, payload: Buffer, ended: boolean): void {
    const request = this.requests.get(id)
    if (request === undefined) throw new Error(`DATA on stream ${id}, which has no head`)
    if (request.bytes < 1 << 20) request.pieces.push(payload)
    request.bytes += payload.length
    if (payload.length > 0 && this.#origin.options.credits !== 'no') request.stream.credit(payload.length)
    this.#origin.script.onData?.(request, payload)
    request.ended = ended
    if (ended) this.#origin.told(request)
  }
}

/** An HTTP/2 server that records what it receives, and sends the frames that its script says, right or wrong. */
export class H2Origin implements AsyncDisposable {
  script: H2Script
  readonly options: H2OriginOptions
  readonly connections: H2OriginConnection[] = []
  /** In the order of their heads. */
  readonly requests: H2Request[] = []
  readonly #server: Server

  private constructor(server: Server, script: H2Script, options: H2OriginOptions) {
    this.#server = server
    this.script = script
    this.options = options
  }

  static async start(script: H2Script = {}, options: H2OriginOptions = {}): Promise<H2Origin> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    const origin = new H2Origin(server, script, options)
    server.on('connection', (socket) => origin.#accept(socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    // A stage that could not be set up keeps no process alive.
    server.unref()
    return origin
  }

  /** As configuration writes it. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Those that are open. */
  get open(): readonly H2OriginConnection[] {
    return this.connections.filter(({ socket }) => !socket.destroyed)
  }

  begun(request: H2Request): void {
    this.requests.push(request)
    this.script.onHead?.(request)
  }

  told(request: H2Request): void {
    if (this.script.onRequest !== undefined) this.script.onRequest(request)
    else if (this.script.onHead === undefined) request.stream.head(200).body('origin')
  }

  /** Resets every connection and accepts no new one: a process that was killed. */
  async kill(): Promise<void> {
    for (const { socket } of this.open) socket.resetAndDestroy()
    await this[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.open) socket.destroy()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(socket: Socket): void {
    const connection = new H2OriginConnection(this.connections.length, socket, this)
    this.connections.push(connection)
    if (this.script.onConnection !== undefined) this.script.onConnection(connection)
    else connection.send(frame(frameType.settings, 0, 0, settingsPayload(...(this.options.settings ?? []))))
  }
}

function fieldsOf({ fields }: HeaderList): Field[] {
  const lines = fields.split('\r\n').slice(0, -1)
  return lines.map((line): Field => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
}

const noLimits = { bytes: 0, fields: 0, crumbs: 0, cookieBytes: 0 }
const noBytes = Buffer.alloc(0)
