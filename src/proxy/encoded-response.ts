import type { CoderStream, ContentCoder } from '../filters/content-coder.ts'
import { fieldsOfBytes } from '../http/content-coding.ts'
import { withoutFields } from '../http/field-block.ts'
import type { Bytes } from '../std/units.ts'
import type { Framing } from '../wire/h1/serialise.ts'
import { armPhase } from './deadline.ts'
import type { ResponseSink } from './downstream.ts'
import type { Exchange } from './exchange.ts'
import { finish } from './finish.ts'
import type { Flushed } from './flushed.ts'

/** A body that ends before it is longer is compressed at once, which costs a fraction of a stream and its threads. */
const mostWhole: Bytes = 32 * 1024
/** What may wait for the threads of zlib before the upstream is made to wait. */
const mostWaiting: Bytes = 128 * 1024

interface Head {
  readonly status: number
  readonly reason: string
  readonly fields: string
  readonly close: boolean
}

/**
 * Stands between an exchange and its client, and compresses the body of the response. The head waits for what shows how long the body
 * is: its length, its end, or a pause of the upstream. What came before a pause is sent at the pause.
 *
 * After the end of a long body some of it is still to come: then this ends the exchange, and not who told the end.
 */
export class EncodedResponse implements ResponseSink {
  readonly #exchange: Exchange
  readonly #sink: ResponseSink
  readonly #coder: ContentCoder
  /** Of the body upstream; -1 when nobody knows. */
  readonly #length: Bytes
  #head: Head | undefined
  #gathered: Buffer[] = []
  /** Bytes of the body so far, and of what was made of it. */
  #received: Bytes = 0
  #sent: Bytes = 0
  #stream: CoderStream | undefined = undefined
  #waiting: Bytes = 0
  /** The upstream was told to wait. */
  #isFull = false
  #isClientFull = false
  #hasEnded = false
  #isOver = false
  #trailers = ''
  #isCounted = false

  constructor(exchange: Exchange, sink: ResponseSink, coder: ContentCoder, length: Bytes) {
    this.#exchange = exchange
    this.#sink = sink
    this.#coder = coder
    this.#length = length
  }

  /** The body has ended, and the exchange is to be ended here later. */
  get holdsExchange(): boolean {
    return this.#hasEnded && !this.#isOver
  }

  sendInformational(status: number): void {
    this.#sink.sendInformational(status)
  }

  sendHead(status: number, reason: string, fields: string, _: Framing, close: boolean): void {
    this.#head = { status, reason, fields, close }
    if (this.#length > mostWhole) this.#start()
  }

  sendData(buffer: Buffer, start: number, end: number): void {
    // The threads read it later.
    const part = Buffer.from(buffer.subarray(start, end))
    this.#received += part.length
    if (this.#stream !== undefined) return this.#write(this.#stream, part)
    this.#gathered.push(part)
    if (this.#received > mostWhole) this.#start()
  }

  sendEnd(trailers: string): void {
    // Digests there are of the bytes that came (RFC 9530 §2).
    this.#trailers = withoutFields(trailers, fieldsOfBytes)
    if (this.#stream === undefined) return this.#sendWhole()
    this.#hasEnded = true
    this.#stream.end()
  }

  flush(): Flushed {
    // Nobody knows how long it is, and more does not come at once.
    if (!this.#isOver && this.#stream === undefined && this.#length < 0) this.#start()
    if (this.#stream === undefined) return this.#isOver ? this.#sink.flush() : 'sent'
    if (this.#hasEnded) return 'sent'
    if (this.#waiting > mostWaiting || this.#isClientFull) this.#isFull = true
    return this.#isFull ? 'full' : 'sent'
  }

  abort(): void {
    this.stop()
    this.#sink.abort()
  }

  /** Gives the client's sink back if nothing has been sent yet, so that another response can be. */
  withdraw(): ResponseSink | undefined {
    if (this.#head === undefined) return undefined
    this.stop()
    return this.#sink
  }

  /** The client reads again. */
  drained(): void {
    this.#isClientFull = false
    this.#isFull = true
    this.#stream?.resume()
    this.#resumeUpstream()
  }

  /** The exchange is over, however it came to it. */
  stop(): void {
    this.#exchange.responseBytes = this.#sent
    this.#isOver = true
    this.#gathered = []
    this.#stream?.destroy()
    this.#count()
  }

  /** Once, and only what the client has been told of. */
  #count(): void {
    if (this.#isCounted || this.#head !== undefined) return
    this.#isCounted = true
    const { traffic, runtime } = this.#exchange
    if (runtime === undefined) return
    traffic.counters.compressed(runtime, this.#coder.coding, this.#received, this.#sent)
  }

  #sendWhole(): void {
    const { status, reason, fields, close } = this.#takeHead()
    const body = this.#coder.whole(Buffer.concat(this.#gathered))
    this.#gathered = []
    this.#isOver = true
    this.#sent = body.length
    this.#sink.sendHead(status, reason, fields, this.#trailers === '' ? body.length : 'close', close)
    this.#sink.sendData(body, 0, body.length, false)
    this.#sink.sendEnd(this.#trailers)
  }

  #start(): void {
    const { status, reason, fields, close } = this.#takeHead()
    this.#sink.sendHead(status, reason, fields, 'close', close)
    const stream = this.#coder.stream()
    this.#stream = stream
    stream.on('data', (part: Buffer) => this.#contained(() => this.#sendPart(part, stream)))
    stream.on('end', () => this.#contained(() => this.#sendLast()))
    stream.on('error', (error) => {
      if (!this.#isOver) this.#exchange.onDefect(error)
    })
    for (const part of this.#gathered) this.#write(stream, part)
    this.#gathered = []
    this.#sink.flush()
  }

  #takeHead(): Head {
    const head = this.#head
    if (head === undefined) throw new Error('a response has one head')
    this.#head = undefined
    return head
  }

  #write(stream: CoderStream, part: Buffer): void {
    this.#waiting += part.length
    stream.write(part, (error) => {
      if (error === null || error === undefined) this.#contained(() => this.#taken(part.length, stream))
    })
  }

  /** The threads have worked a part off. */
  #taken(bytes: Bytes, stream: CoderStream): void {
    this.#waiting -= bytes
    // Whatever comes next may take long: what is there belongs to the client.
    if (this.#waiting === 0 && !this.#hasEnded) stream.flush()
    this.#resumeUpstream()
  }

  #resumeUpstream(): void {
    if (!this.#isFull || this.#isClientFull || this.#waiting > mostWaiting / 2) return
    this.#isFull = false
    this.#exchange.downstreamFull = false
    this.#exchange.connection?.resume()
  }

  #sendPart(part: Buffer, stream: CoderStream): void {
    const exchange = this.#exchange
    this.#sent += part.length
    armPhase(exchange, exchange.runtime?.idleMs ?? Number.POSITIVE_INFINITY)
    this.#sink.sendData(part, 0, part.length, false)
    this.#isClientFull = this.#sink.flush() === 'full'
    if (this.#isClientFull) {
      this.#isFull = true
      stream.pause()
    }
    exchange.downstreamFull = this.#isFull
  }

  #sendLast(): void {
    this.#sink.sendEnd(this.#trailers)
    this.#sink.flush()
    this.#isOver = true
    finish(this.#exchange)
  }

  /** What zlib tells comes when it likes: for an exchange that is over it is nothing, and a mistake of ours ends this one alone. */
  #contained(step: () => void): void {
    if (this.#isOver) return
    try {
      step()
    } catch (error) {
      this.#exchange.onDefect(error)
    }
  }
}
