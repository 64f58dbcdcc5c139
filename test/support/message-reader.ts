/** A header or trailer line, bytes as latin1 text, the value without surrounding blanks. */
export type Field = readonly [name: string, value: string]

/** One HTTP/1 message as this strict reader understands it; grows until `complete`. */
export interface Message {
  readonly startLine: string
  /** With the blank line at its end. */
  readonly head: string
  readonly fields: readonly Field[]
  readonly framing: 'none' | 'length' | 'chunked' | 'close'
  /** What content-length says; -1 when there is none. */
  readonly length: number
  /** Payload bytes kept, up to the reader's limit. */
  readonly pieces: Buffer[]
  /** Payload bytes seen. */
  bytes: number
  /** Sizes of the chunks seen. */
  readonly chunks: number[]
  trailers: readonly Field[]
  complete: boolean
}

/** The values of a field by lower-case name, in order. */
export function values(fields: readonly Field[], name: string): string[] {
  return fields.filter(([n]) => n.toLowerCase() === name).map(([, value]) => value)
}

/** The only value of a field; `undefined` when it is absent, all of them joined by ` | ` when it is repeated. */
export function value(message: { readonly fields: readonly Field[] }, name: string): string | undefined {
  const all = values(message.fields, name)
  return all.length === 0 ? undefined : all.join(' | ')
}

/** The payload as latin1 text. */
export function bodyText(message: Message): string {
  return Buffer.concat(message.pieces).toString('latin1')
}

const requestLine = /^[A-Z][A-Z-]* [!-~]+ HTTP\/1\.[01]$/
const statusLine = /^HTTP\/1\.[01] [1-9][0-9]{2}( [\t -~\x80-\xff]*)?$/
const fieldLine =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*((?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?)[ \t]*$/
const headLimit = 1 << 20

export interface ReaderOptions {
  readonly kind: 'request' | 'response'
  /** Payload bytes kept per message; the rest is counted only. */
  readonly kept?: number
  readonly onHead?: (message: Message) => void
  readonly onData?: (message: Message, data: Buffer) => void
  readonly onMessage?: (message: Message) => void
}

/**
 * Reads HTTP/1 messages from the bytes of one connection, and believes nothing: whatever is not exactly the grammar,
 * or has two lengths, ends in `fault`. Written for the tests and independent of the gateway's codec, so that a mistake
 * there cannot hide here. Understands no chunk extensions: the gateway never sends any.
 */
export class MessageReader {
  /** All messages; the last may be incomplete. */
  readonly messages: Message[] = []
  /** What was wrong with the bytes; nothing is read behind it. */
  fault: string | undefined
  /** For responses: methods of the requests that were sent and not answered yet. None means GET. */
  readonly methods: string[] = []
  readonly #options: ReaderOptions
  #rest: Buffer = Buffer.alloc(0)
  #current: Message | undefined
  /** Payload bytes to come; in a chunked body those of the chunk. */
  #left = 0
  #state: 'body' | 'size' | 'after-chunk' | 'trailers' = 'body'

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  /** Bytes of a message whose head is not complete. */
  get pending(): number {
    return this.#rest.length
  }

  push(bytes: Buffer): void {
    if (this.fault !== undefined) return
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    while (this.fault === undefined && this.#step()) continue
  }

  /** The peer sends no more. */
  end(): void {
    if (this.#current?.framing === 'close') this.#finish(this.#current)
  }

  #step(): boolean {
    const message = this.#current
    if (message === undefined) return this.#readHead()
    if (this.#state === 'body') return this.#readBody(message)
    if (this.#state === 'size') return this.#readSize(message)
    if (this.#state === 'after-chunk') return this.#readChunkEnd()
    return this.#readTrailers(message)
  }

  #readHead(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n')
    if (end < 0) {
      if (this.#rest.length > headLimit) this.fault = 'the head does not end'
      return false
    }
    const head = this.#take(end + 4).toString('latin1')
    const lines = head.slice(0, -4).split('\r\n')
    const startLine = lines.shift() ?? ''
    const fields = this.#parseFields(lines)
    const known = this.#options.kind === 'request' ? requestLine : statusLine
    if (!known.test(startLine)) this.fault = `start line ${JSON.stringify(startLine)}`
    if (fields === undefined || this.fault !== undefined) return false
    const message = this.#begin(startLine, head, fields)
    if (message === undefined) return false
    this.#current = message
    this.messages.push(message)
    this.#options.onHead?.(message)
    if (message.framing === 'none' || (message.framing === 'length' && message.length === 0))
      this.#finish(message)
    return true
  }

  #begin(startLine: string, head: string, fields: readonly Field[]): Message | undefined {
    const lengths = values(fields, 'content-length')
    const codings = values(fields, 'transfer-encoding')
    if (lengths.length + codings.length > 1) this.fault = 'more than one length'
    if (lengths[0] !== undefined && !/^[0-9]{1,15}$/.test(lengths[0]))
      this.fault = `content-length ${lengths[0]}`
    if (codings[0] !== undefined && codings[0] !== 'chunked') this.fault = `transfer-encoding ${codings[0]}`
    if (this.fault !== undefined) return undefined
    const length = lengths[0] === undefined ? -1 : Number(lengths[0])
    const framing = this.#framing(startLine, length, codings.length > 0)
    this.#state = framing === 'chunked' ? 'size' : 'body'
    this.#left = framing === 'length' ? length : framing === 'close' ? Number.POSITIVE_INFINITY : 0
    return {
      startLine,
      head,
      fields,
      framing,
      length,
      pieces: [],
      bytes: 0,
      chunks: [],
      trailers: [],
      complete: false,
    }
  }

  #framing(startLine: string, length: number, chunked: boolean): Message['framing'] {
    if (this.#options.kind === 'response') {
      const status = Number(startLine.slice(9, 12))
      if (status >= 100 && status < 200) return 'none'
      const method = this.methods.shift() ?? 'GET'
      if (method === 'HEAD' || status === 204 || status === 304) return 'none'
    }
    if (chunked) return 'chunked'
    if (length >= 0) return 'length'
    return this.#options.kind === 'request' ? 'none' : 'close'
  }

  #readBody(message: Message): boolean {
    if (this.#rest.length === 0) return false
    const data = this.#take(Math.min(this.#left, this.#rest.length))
    this.#left -= data.length
    this.#keep(message, data)
    if (this.#left === 0 && message.framing === 'length') this.#finish(message)
    if (this.#left === 0 && message.framing === 'chunked') this.#state = 'after-chunk'
    return true
  }

  #readSize(message: Message): boolean {
    const line = this.#line()
    if (line === undefined) return false
    if (!/^[0-9a-fA-F]{1,8}$/.test(line)) this.fault = `chunk size ${JSON.stringify(line)}`
    this.#left = Number.parseInt(line, 16)
    if (this.#left > 0) message.chunks.push(this.#left)
    this.#state = this.#left === 0 ? 'trailers' : 'body'
    return true
  }

  #readChunkEnd(): boolean {
    if (this.#rest.length < 2) return false
    if (this.#take(2).toString('latin1') !== '\r\n') this.fault = 'no CRLF behind a chunk'
    this.#state = 'size'
    return true
  }

  #readTrailers(message: Message): boolean {
    const line = this.#line()
    if (line === undefined) return false
    if (line === '') {
      this.#finish(message)
      return true
    }
    message.trailers = [...message.trailers, ...(this.#parseFields([line]) ?? [])]
    return true
  }

  #line(): string | undefined {
    const end = this.#rest.indexOf('\r\n')
    if (end < 0) return undefined
    return this.#take(end + 2).toString('latin1', 0, end)
  }

  #parseFields(lines: readonly string[]): Field[] | undefined {
    const fields: Field[] = []
    for (const line of lines) {
      const match = fieldLine.exec(line)
      if (match === null) {
        this.fault = `field line ${JSON.stringify(line.slice(0, 100))}`
        return undefined
      }
      fields.push([match[1] ?? '', match[2] ?? ''])
    }
    return fields
  }

  #keep(message: Message, data: Buffer): void {
    const kept = this.#options.kept ?? 1 << 20
    if (message.bytes < kept) message.pieces.push(Buffer.from(data.subarray(0, kept - message.bytes)))
    message.bytes += data.length
    this.#options.onData?.(message, data)
  }

  #finish(message: Message): void {
    message.complete = true
    this.#current = undefined
    this.#options.onMessage?.(message)
  }

  #take(count: number): Buffer {
    const data = this.#rest.subarray(0, count)
    this.#rest = this.#rest.subarray(count)
    return data
  }
}
