import type { Duplex } from 'node:stream'
import type { Bytes } from '../../std/units.ts'
import { readTrailers } from '../../wire/h2/head/trailers.ts'
import type { RequestPseudo } from '../../wire/h2/hpack/encoder.ts'
import type { HeaderList } from '../../wire/h2/hpack/header-list.ts'
import { errorCode, errorName, firstWindow } from '../../wire/h2/protocol.ts'
import { H2Session } from '../../wire/h2/session.ts'
import type { SessionEvents, SessionSettings } from '../../wire/h2/session-types.ts'
import type { H2Stream } from '../../wire/h2/stream.ts'

/** A request that has a connection of its own, as health checks make them. */
export interface SingleRequest {
  readonly pseudo: RequestPseudo
  readonly fields: string
  readonly body: Buffer
}

/** Its response. */
export interface SingleResponse {
  readonly status: number
  readonly fields: string
  /** At most 16 KiB of it. */
  readonly body: Buffer
  readonly trailers: string
}

const mostBody: Bytes = 16 * 1024

const settings: SessionSettings = {
  streams: 0,
  streamWindow: firstWindow,
  connectionWindow: firstWindow,
  headerTable: 4096,
  header: { bytes: 16 * 1024, fields: 100, crumbs: 0, cookieBytes: 0 },
  extendedConnect: 'off',
}

/**
 * Makes one request over HTTP/2 and closes the connection.
 *
 * @param socket connected, or being connected; it is destroyed in the end.
 * @throws {Error} that says why there is no complete response.
 */
export function requestOnce(socket: Duplex, request: SingleRequest): Promise<SingleResponse> {
  return new OnceClient(socket, request).response
}

class OnceClient implements SessionEvents<undefined> {
  readonly response: Promise<SingleResponse>
  readonly #socket: Duplex
  readonly #session = new H2Session<undefined>('client', settings, this)
  readonly #resolve: (response: SingleResponse) => void
  readonly #reject: (error: Error) => void
  readonly #body: Buffer[] = []
  #status = 0
  #fields = ''

  constructor(socket: Duplex, request: SingleRequest) {
    const { promise, resolve, reject } = Promise.withResolvers<SingleResponse>()
    this.response = promise
    this.#socket = socket
    this.#resolve = resolve
    this.#reject = reject
    socket.on('data', (bytes: Buffer) => this.#take(bytes))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('closed')))
    this.#session.start(0)
    const stream = this.#session.sendRequest(request.pseudo, request.fields)
    this.#session.sendData(stream, request.body, 0, request.body.length, false)
    this.#session.sendEnd(stream, '')
    this.#leave()
  }

  onHead(_: H2Stream<undefined>, list: HeaderList, how: 'ended' | 'open'): void {
    if (list.fault !== 'none') return this.#fail(new Error(list.detail))
    if (list.status.startsWith('1')) return
    this.#status = Number(list.status)
    this.#fields = list.fields
    if (how === 'ended') this.#finish('')
  }

  onTrailers(_: H2Stream<undefined>, list: HeaderList): void {
    const trailers = readTrailers(list, 'response')
    if (typeof trailers === 'string') this.#finish(trailers)
    else this.#fail(new Error(trailers.detail))
  }

  /** Nothing is given back: the first window is more than is looked at. */
  onData(_: H2Stream<undefined>, buffer: Buffer, start: number, end: number): void {
    const held = this.#body.reduce((sum, part) => sum + part.length, 0)
    if (held < mostBody)
      this.#body.push(Buffer.from(buffer.subarray(start, Math.min(end, start + mostBody - held))))
  }

  onEnd(): void {
    this.#finish('')
  }

  onReset(_: H2Stream<undefined>, code: number): void {
    this.#fail(new Error(`stream reset: ${errorName(code)}`))
  }

  onFatal(code: number, detail: string): void {
    this.#fail(new Error(`${errorName(code)}: ${detail}`))
  }

  onDrained(): void {}

  onGoaway(): void {}

  onSettings(): void {}

  onPong(): void {}

  #take(bytes: Buffer): void {
    this.#session.receive(bytes, 0, bytes.length, 0)
    this.#leave()
  }

  #finish(trailers: string): void {
    this.#resolve({ status: this.#status, fields: this.#fields, body: Buffer.concat(this.#body), trailers })
    this.#session.fail(errorCode.noError, 'done')
    this.#leave()
    this.#socket.end()
    this.#socket.destroy()
  }

  #fail(error: Error): void {
    this.#reject(error)
    this.#socket.destroy()
  }

  #leave(): void {
    if (this.#socket.destroyed) return
    for (const part of this.#session.takeOutput()) this.#socket.write(Buffer.from(part))
    this.#session.settled()
  }
}
