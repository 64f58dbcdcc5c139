import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { type Message, MessageReader } from './message-reader.ts'

/** A request as the origin understood it. */
export interface OriginRequest extends Message {
  readonly method: string
  readonly target: string
  /** The connection it came on, counted from 0 in the order of accepting. */
  readonly connection: number
  /** Whether that connection may still carry another request. */
  readonly stillOpen: () => boolean
}

/** One connection that the origin accepted, with every byte that came on it. */
export interface OriginConnection {
  readonly index: number
  readonly reader: MessageReader
  readonly socket: Socket
  /** Raw bytes received, up to 1 MiB. */
  readonly pieces: Buffer[]
  /** How the other side ended it. */
  state: 'open' | 'fin' | 'reset' | 'closed'
}

/** Half-closes the connection. */
export const fin = Symbol('fin')
/** Resets the connection. */
export const reset = Symbol('reset')
/** Reads nothing more from it, until told otherwise. */
export const stopReading = Symbol('stop reading')
export const resumeReading = Symbol('resume reading')

/**
 * A thing the origin does as (part of) an answer, in order: text (latin1) and bytes are written, functions asked for the
 * bytes once those before have left, promises awaited.
 */
export type Step =
  | string
  | Buffer
  | (() => Buffer)
  | Promise<unknown>
  | typeof fin
  | typeof reset
  | typeof stopReading
  | typeof resumeReading
export type Answer = string | readonly Step[]

/** What the origin does with a request. `onHead` answers before the body came; else `onRequest` answers when it is complete. */
export interface Script {
  readonly onHead?: (request: OriginRequest) => Answer | undefined
  readonly onRequest?: (request: OriginRequest) => Answer
  /** Done as soon as a connection is accepted. */
  readonly onConnection?: (connection: OriginConnection) => Answer | undefined
}

/** A complete response with a length. `extra` is header lines, each with its CRLF. */
export function answer(status: number, body: string, extra = ''): string {
  return `HTTP/1.1 ${status} Word\r\n${extra}content-length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`
}

/** A complete chunked response, one chunk for each part; `trailers` is lines with their CRLF. */
export function chunkedAnswer(parts: readonly string[], trailers = '', extra = ''): string {
  const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')
  return `HTTP/1.1 200 OK\r\n${extra}transfer-encoding: chunked\r\n\r\n${chunks}0\r\n${trailers}\r\n`
}

/**
 * A real server that records what it receives and answers by a script; one per test file, `forget()` between tests.
 *
 * It reads with its own strict reader: a request that is not exactly one, with one Host and one length, becomes the
 * connection's fault and is never answered.
 */
export class Origin implements AsyncDisposable {
  script: Script = {}
  /** Since the last `forget()`. */
  connections: OriginConnection[] = []
  /** Requests whose head came, in the order of arrival, since the last `forget()`. */
  requests: OriginRequest[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #accepted = 0

  private constructor(server: Server) {
    this.#server = server
  }

  /** Starts one on a free port of the loopback, or at the path of a unix socket. */
  static async start(
    script: Script = {},
    at: { host?: string; path?: string; port?: number } = {},
  ): Promise<Origin> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    const origin = new Origin(server)
    origin.script = script
    server.on('connection', (socket) => origin.#accept(socket))
    server.listen(
      at.path === undefined ? { host: at.host ?? '127.0.0.1', port: at.port ?? 0 } : { path: at.path },
    )
    await once(server, 'listening')
    return origin
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** As configuration writes it. */
  get address(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') return `unix:${address ?? ''}`
    return address.family === 'IPv6'
      ? `[${address.address}]:${address.port}`
      : `${address.address}:${address.port}`
  }

  /** Connections open now, counted also when they were accepted before `forget()`. */
  get open(): number {
    return this.#sockets.size
  }

  /** Drops the record; connections stay. Bytes that come later on them are recorded from then on. */
  forget(): void {
    this.requests = []
    this.connections = this.connections.filter((connection) => connection.state === 'open')
    for (const connection of this.connections) connection.pieces.length = 0
  }

  /** Resets every connection and accepts no new one: a process that was killed. */
  async kill(): Promise<void> {
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await this[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    const index = this.#accepted++
    let queue: Promise<void> = Promise.resolve()
    const perform = (steps: Answer | undefined): void => {
      if (steps !== undefined) queue = queue.then(() => run(socket, steps))
    }
    const reader = new MessageReader({
      kind: 'request',
      onHead: (message) => this.#onHead(message, connection, perform),
      onMessage: (message) => this.#onMessage(message, perform),
    })
    const connection: OriginConnection = { index, reader, socket, pieces: [], state: 'open' }
    this.connections.push(connection)
    this.#watch(connection)
    perform(this.script.onConnection?.(connection))
  }

  #watch(connection: OriginConnection): void {
    const { socket, reader, pieces } = connection
    let recorded = 0
    socket.on('data', (data: Buffer) => {
      if (recorded < 1 << 20) pieces.push(data)
      recorded += data.length
      reader.push(data)
    })
    socket.on('end', () => {
      if (connection.state === 'open') connection.state = 'fin'
      reader.end()
      socket.end()
    })
    socket.on('error', () => {
      connection.state = 'reset'
    })
    socket.on('close', () => {
      if (connection.state === 'open') connection.state = 'closed'
      this.#sockets.delete(socket)
    })
  }

  #onHead(message: Message, from: OriginConnection, perform: (steps: Answer | undefined) => void): void {
    const [method = '', target = ''] = message.startLine.split(' ')
    const stillOpen = () => from.state === 'open'
    // The same object, completed, so that what the reader adds later is seen.
    const request: OriginRequest = Object.assign(message, {
      method,
      target,
      connection: from.index,
      stillOpen,
    })
    this.requests.push(request)
    perform(this.script.onHead?.(request))
  }

  #onMessage(message: Message, perform: (steps: Answer | undefined) => void): void {
    const request = message as OriginRequest
    if (this.script.onHead !== undefined && this.script.onRequest === undefined) return
    perform(this.script.onRequest === undefined ? answer(200, 'origin') : this.script.onRequest(request))
  }
}

async function run(socket: Socket, steps: Answer): Promise<void> {
  for (const step of typeof steps === 'string' ? [steps] : steps) {
    if (socket.destroyed) return
    if (step === fin) socket.end()
    else if (step === reset) socket.resetAndDestroy()
    else if (step === stopReading) socket.pause()
    else if (step === resumeReading) socket.resume()
    else if (typeof step === 'function') await write(socket, step())
    else if (typeof step === 'string' || Buffer.isBuffer(step)) await write(socket, step)
    else await step
  }
}

/** Resolves when the bytes are on their way, so that a large answer waits for its reader. */
function write(socket: Socket, data: string | Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('close', done)
      resolve()
    }
    socket.once('close', done)
    socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data, done)
  })
}
