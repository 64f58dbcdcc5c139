import { once } from 'node:events'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { type Message, MessageReader } from './message-reader.ts'

/** Longest wait for anything a test waits for; reaching it is the failure, no test lasts that long when all is well. */
export const patienceMs = 8_000

/** Resolves with the promise, or rejects after `patienceMs` with a sentence that says what was waited for. */
export function within<T>(promise: Promise<T>, what: string, ms = patienceMs): Promise<T> {
  const waited = Promise.withResolvers<never>()
  const timer = setTimeout(() => waited.reject(new Error(`waited ${ms} ms in vain for ${what}`)), ms)
  return Promise.race([promise, waited.promise]).finally(() => clearTimeout(timer))
}

/** Asks until the condition holds, a turn of the event loop at a time. */
export async function until(condition: () => boolean, what: string, ms = patienceMs): Promise<void> {
  const end = performance.now() + ms
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** A client that sends bytes as they are and reads responses with the strict reader of the tests. */
export class RawClient implements Disposable {
  readonly socket: Socket
  readonly reader: MessageReader
  /** How the other side ended the connection. */
  state: 'open' | 'fin' | 'reset' = 'open'
  readonly #pieces: Buffer[] = []
  readonly #closed = Promise.withResolvers<void>()
  readonly #waiting = new Set<() => void>()

  private constructor(socket: Socket) {
    this.socket = socket
    this.reader = new MessageReader({ kind: 'response' })
    socket.on('data', (data: Buffer) => {
      this.#pieces.push(data)
      this.reader.push(data)
      this.#wake()
    })
    socket.on('end', () => {
      if (this.state === 'open') this.state = 'fin'
      this.reader.end()
      this.#end()
    })
    socket.on('error', () => {
      this.state = 'reset'
      this.#end()
    })
    socket.on('close', () => {
      if (this.state === 'open') this.state = 'reset'
      this.#end()
    })
  }

  static async connect(options: NetConnectOpts | number): Promise<RawClient> {
    const to = typeof options === 'number' ? { host: '127.0.0.1', port: options } : options
    const socket = connect({ ...to, allowHalfOpen: true, noDelay: true } as NetConnectOpts)
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  get received(): Buffer {
    return Buffer.concat(this.#pieces)
  }

  /** Final responses that are complete. */
  get responses(): readonly Message[] {
    return this.reader.messages.filter((message) => message.complete && !isInterim(message))
  }

  /** Remembers the methods of what is sent next, so that answers to HEAD are read without a body. */
  expect(...methods: string[]): this {
    this.reader.methods.push(...methods)
    return this
  }

  send(bytes: string | Buffer): this {
    if (this.socket.writable)
      this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    return this
  }

  /** Sends in pieces, each in its own segment: the peer gets a turn of the event loop for every one. */
  async drip(bytes: Buffer, pieces: readonly number[]): Promise<void> {
    let start = 0
    for (const end of [...pieces, bytes.length]) {
      if (end > start) this.send(bytes.subarray(start, end))
      start = end
      await turn()
    }
  }

  /** The final response with this number, counted from 0; rejects when the connection ends before. */
  async response(index = 0): Promise<Message> {
    await this.#until(() => this.responses.length > index || this.state !== 'open', `response ${index}`)
    const message = this.responses[index]
    if (message !== undefined) return message
    throw new Error(`the connection ended (${this.state}) before response ${index}: ${this.#shown()}`)
  }

  /** The first message of any kind that satisfies the condition, complete or not. */
  async message(condition: (message: Message) => boolean, what = 'a message'): Promise<Message> {
    await this.#until(() => this.reader.messages.some(condition) || this.state !== 'open', what)
    const message = this.reader.messages.find(condition)
    if (message !== undefined) return message
    throw new Error(`the connection ended (${this.state}) before ${what}: ${this.#shown()}`)
  }

  /** Waits until the other side has ended the connection. */
  async ended(ms = patienceMs): Promise<'fin' | 'reset'> {
    await within(this.#closed.promise, `the end of the connection after ${this.#shown()}`, ms)
    return this.state as 'fin' | 'reset'
  }

  /** Sends FIN, keeps reading. */
  finish(): void {
    this.socket.end()
  }

  reset(): void {
    this.socket.resetAndDestroy()
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }

  #shown(): string {
    return JSON.stringify(this.received.toString('latin1').slice(0, 300))
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    while (!condition()) {
      const woken = Promise.withResolvers<void>()
      this.#waiting.add(woken.resolve)
      await within(woken.promise, `${what} after ${this.#shown()}`)
    }
  }

  #wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resolve of waiting) resolve()
  }

  #end(): void {
    this.#closed.resolve()
    this.#wake()
  }
}

/** The status of a GET on a connection of its own; 0 when it is refused or reset before an answer. */
export async function tried(port: number): Promise<number> {
  const client = await RawClient.connect(port).catch(() => undefined)
  if (client === undefined) return 0
  using _closed = client
  client.send('GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
  return await client.response(0).then(status, () => 0)
}

export function isInterim(message: Message): boolean {
  return message.startLine.startsWith('HTTP/1.1 1') && !message.startLine.startsWith('HTTP/1.1 101')
}

/** The status of a response message. */
export function status(message: Message | undefined): number {
  return message === undefined ? 0 : Number(message.startLine.slice(9, 12))
}
