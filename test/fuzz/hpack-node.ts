import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2Server,
  type ServerHttp2Stream,
} from 'node:http2'
import { setImmediate as turn } from 'node:timers/promises'
import { HandPeer } from './hpack-peer.ts'
import { asLines, type HeaderField } from './hpack-words.ts'
import type { Random } from './random.ts'

const okBlock = Buffer.from([0x88])
const mostTurns = 1000

/** A client of `node:http2` that is told what to send. */
export class NodeRequester {
  readonly #peer: HandPeer
  readonly #session: ClientHttp2Session
  #block: Buffer | undefined = undefined
  #taken = 0

  constructor() {
    this.#peer = new HandPeer('server', {
      onBlock: (block, stream) => {
        this.#block = block
        this.#peer.sendBlock(stream, okBlock)
      },
      onTableSize: () => undefined,
      onSettingsTaken: () => {
        this.#taken++
      },
    })
    this.#session = connect('http://a.test', { createConnection: () => this.#peer.far })
    this.#session.on('error', () => undefined)
  }

  /** Returns once Node knows the size. */
  async announceTable(bytes: number): Promise<void> {
    const before = this.#taken
    this.#peer.sendSettings(bytes)
    await waitFor(() => this.#taken > before)
  }

  /** The block that Node made of these fields. */
  async request(fields: readonly HeaderField[]): Promise<Buffer> {
    this.#block = undefined
    const request = this.#session.request(fields.flat(), { endStream: true })
    request.on('error', () => undefined)
    request.resume()
    await waitFor(() => this.#block !== undefined)
    if (this.#block === undefined) throw new Error('Node sent nothing')
    return this.#block
  }

  close(): void {
    this.#session.destroy()
    this.#peer.close()
  }
}

/** A server of `node:http2` that says what it read. */
export class NodeTaker {
  readonly #server: Http2Server
  readonly #peer: HandPeer
  #announce: (bytes: number) => void = () => undefined
  #announced = 0
  #stream = -1
  #lines: string[] | undefined = undefined

  /** @param onTableSize hears what tables Node allows. */
  constructor(onTableSize: (bytes: number) => void) {
    this.#server = createServer({ streamResetBurst: 1e6, streamResetRate: 1e6, maxSessionInvalidFrames: 1e6 })
    this.#server.on('session', (session) => {
      session.on('error', () => undefined)
      this.#announce = (headerTableSize) => session.settings({ headerTableSize })
    })
    this.#server.on('stream', (stream: ServerHttp2Stream, _headers, _flags, raw: readonly string[]) => {
      this.#lines = asLines(pairs(raw))
      stream.on('error', () => undefined)
      stream.respond({ ':status': 200 }, { endStream: true })
    })
    this.#peer = new HandPeer('client', {
      onBlock: () => undefined,
      onTableSize: (bytes) => {
        this.#announced++
        onTableSize(bytes)
      },
      onSettingsTaken: () => undefined,
    })
    this.#server.emit('connection', this.#peer.far)
  }

  /** The code of Node's GOAWAY; -1 while there is none. */
  get goaway(): number {
    return this.#peer.goaway
  }

  /** Returns once the listener has heard of it, and Node knows that. */
  async announceTable(bytes: number): Promise<void> {
    await this.#peer.settled()
    const before = this.#announced
    this.#announce(bytes)
    await waitFor(() => this.#announced > before)
    await this.#peer.settled()
  }

  /** The lines that Node read; `undefined` when it refused the stream or the connection. */
  async take(block: Buffer, random: Random): Promise<string[] | undefined> {
    this.#lines = undefined
    this.#stream += 2
    this.#peer.sendBlock(this.#stream, block, random.once(5) ? 1 + random.below(50) : undefined)
    await this.#peer.settled()
    return this.#lines
  }

  close(): void {
    this.#peer.close()
    this.#server.close()
  }
}

async function waitFor(isThere: () => boolean): Promise<void> {
  for (let turns = 0; turns < mostTurns && !isThere(); turns++) await turn()
  if (!isThere()) throw new Error('Node did not answer')
}

function pairs(raw: readonly string[]): HeaderField[] {
  return Array.from({ length: raw.length / 2 }, (_, i) => [raw[i * 2] ?? '', raw[i * 2 + 1] ?? ''] as const)
}
