import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'

/** A message as Node's parser gave it; all text is latin1. */
export interface NodeMessage {
  readonly method: string
  readonly target: string
  readonly status: number
  readonly version: string
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: string
  readonly trailers: readonly (readonly [name: string, value: string])[]
}

/** A socket without a network: what is fed is read by Node, what Node writes is dropped. */
class MemorySocket extends Duplex {
  /** Node's HTTP client calls these on its sockets. */
  setTimeout(): this {
    return this
  }
  setNoDelay(): this {
    return this
  }
  setKeepAlive(): this {
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done()
  }
  override _final(done: () => void): void {
    done()
  }
}

const limits = { maxHeaderSize: 1 << 17, insecureHTTPParser: false }

/** Reads requests with Node's own strict parser: `node:http` over sockets in memory. */
export class NodeRequestParser {
  readonly #server: Server
  #messages: NodeMessage[] = []

  constructor() {
    const take = (message: IncomingMessage, response: ServerResponse): void => {
      collect(message, this.#messages)
      response.end()
    }
    this.#server = createServer(limits, take)
    this.#server.timeout = 0
    this.#server.maxHeadersCount = 0
    this.#server.on('checkContinue', take)
  }

  /** The complete messages in `text`, in order; those in front of a fault too. */
  async read(text: string): Promise<readonly NodeMessage[]> {
    this.#messages = []
    const messages = this.#messages
    const socket = new MemorySocket()
    socket.on('error', () => undefined)
    this.#server.emit('connection', socket)
    socket.push(Buffer.from(text, 'latin1'))
    for (let turns = 0; turns < 3; turns++) await turn()
    socket.destroy()
    return messages
  }
}

/** Reads the final response in `text` (and the 1xx before it) as the answer to `method`; the stream ends behind it. */
export async function readNodeResponse(text: string, method: string): Promise<readonly NodeMessage[]> {
  const messages: NodeMessage[] = []
  const socket = new MemorySocket()
  socket.on('error', () => undefined)
  const asked = request({ ...limits, method, path: '/', host: 'a.test', createConnection: () => socket })
  asked.maxHeadersCount = 0
  asked.on('error', () => undefined)
  asked.on('information', ({ statusCode, httpVersion, rawHeaders }) => {
    const fields = pairs(rawHeaders)
    messages.push({
      method: '',
      target: '',
      status: statusCode,
      version: httpVersion,
      fields,
      body: '',
      trailers: [],
    })
  })
  asked.on('response', (message) => collect(message, messages))
  asked.on('upgrade', (message) => messages.push(plain(message, '')))
  asked.end()
  await turn()
  socket.push(Buffer.from(text, 'latin1'))
  socket.push(null)
  for (let turns = 0; turns < 4; turns++) await turn()
  asked.destroy()
  socket.destroy()
  return messages
}

/** Takes the body as the parser hands it over: events of a stream come later, and not at all when a fault follows. */
function collect(message: IncomingMessage, into: NodeMessage[]): void {
  let body = ''
  let isOver = false
  message.push = (data: Buffer | null) => {
    if (data !== null) body += data.toString('latin1')
    else if (!isOver) into.push(plain(message, body))
    isOver ||= data === null
    return true
  }
}

function plain(message: IncomingMessage, body: string): NodeMessage {
  return {
    method: message.method ?? '',
    target: message.url ?? '',
    status: message.statusCode ?? 0,
    version: message.httpVersion,
    fields: pairs(message.rawHeaders),
    body,
    trailers: pairs(message.rawTrailers),
  }
}

function pairs(raw: readonly string[]): (readonly [string, string])[] {
  return Array.from({ length: raw.length / 2 }, (_, i) => [raw[i * 2] ?? '', raw[i * 2 + 1] ?? ''] as const)
}
