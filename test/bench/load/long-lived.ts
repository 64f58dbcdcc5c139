import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { WebSocket } from 'ws'

/** Messages have one length, so that pieces of a stream are told apart by counting. */
const messageBytes = 32
/** A message that is not back after this is lost. */
const patienceMs = 10_000

/** Connections of one kind that are meant to stay. */
export class LongLived {
  readonly kind: string
  /** How those ended that did, and how many. */
  readonly ends = new Map<string, number>()
  readonly #members: Member[]

  constructor(kind: string, members: readonly Member[]) {
    this.kind = kind
    this.#members = [...members]
    for (const member of members) member.onEnd = (how) => this.ends.set(how, (this.ends.get(how) ?? 0) + 1)
  }

  get open(): number {
    return this.#members.filter((member) => member.isOpen).length
  }

  /** Sends a message on each that is open; how many got it back. */
  async exchange(text: string): Promise<number> {
    const message = text.padEnd(messageBytes)
    const results = await Promise.all(this.#members.map((member) => member.exchange(message)))
    return results.filter((ok) => ok).length
  }

  /** Ends them; what happens then is not counted. */
  close(): void {
    for (const member of this.#members) {
      member.onEnd = () => {}
      member.close()
    }
  }
}

/** One of them. */
class Member {
  isOpen = true
  onEnd: (how: string) => void = () => {}
  readonly close: () => void
  readonly #send: (text: string) => void
  readonly #encode: (message: string) => string
  #expected = ''
  #got = ''
  #settle: ((ok: boolean) => void) | undefined

  constructor(
    send: (text: string) => void,
    close: () => void,
    encode: (message: string) => string = (message) => message,
  ) {
    this.#send = send
    this.close = close
    this.#encode = encode
  }

  /** Whether a message came back as it went. */
  exchange(message: string): Promise<boolean> {
    if (!this.isOpen) return Promise.resolve(false)
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle?.(false), patienceMs)
      this.#settle = (ok) => {
        clearTimeout(timer)
        this.#settle = undefined
        resolve(ok)
      }
      this.#expected = this.#encode(message)
      this.#got = ''
      this.#send(this.#expected)
    })
  }

  /** Takes a piece of what came back. */
  received(text: string): void {
    this.#got += text
    if (this.#got.length >= this.#expected.length) this.#settle?.(this.#got === this.#expected)
  }

  ended(how: string): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.#settle?.(false)
    this.onEnd(how)
  }
}

export async function openWebsockets(port: number, count: number): Promise<LongLived> {
  return new LongLived('websockets', await inBatches(count, () => openWebsocket(port)))
}

function openWebsocket(port: number): Promise<Member> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { perMessageDeflate: false })
    const member = new Member(
      (text) => socket.send(text),
      () => socket.terminate(),
    )
    socket.on('message', (data: Buffer) => member.received(data.toString('latin1')))
    socket.on('close', (code) => member.ended(`closed with ${code}`))
    socket.once('open', () => resolve(member))
    socket.on('error', reject)
  })
}

export async function openTunnels(port: number, count: number): Promise<LongLived> {
  return new LongLived('TCP tunnels', await inBatches(count, () => openTunnel(port)))
}

function openTunnel(port: number): Promise<Member> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    const member = new Member(
      (text) => socket.write(text, 'latin1'),
      () => socket.destroy(),
    )
    socket.on('data', (data) => member.received(data.toString('latin1')))
    socket.on('end', () => member.ended('ended'))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      member.ended(error.code ?? error.message)
      reject(error)
    })
    socket.once('connect', () => resolve(member))
  })
}

/** Calls with streams both ways, ten on a connection; a client that is told to leave (GOAWAY) ends its calls. */
export async function openCalls(
  connections: readonly { readonly url: string; readonly ca?: string }[],
  perConnection: number,
): Promise<LongLived> {
  const calls: Promise<Member>[] = []
  for (const { url, ca } of connections) {
    const session = connectHttp2(url, ca === undefined ? {} : { ca, servername: 'bench.test' })
    session.on('error', () => {})
    for (let i = 0; i < perConnection; i++) calls.push(openCall(session))
  }
  return new LongLived('gRPC streams', await Promise.all(calls))
}

function openCall(session: ClientHttp2Session): Promise<Member> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/bench.Echo/Stream',
      ':authority': 'bench.test',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    const member = new Member(
      (text) => stream.write(text, 'latin1'),
      () => session.destroy(),
      framed,
    )
    session.once('goaway', () => stream.end())
    follow(stream, member)
    stream.once('response', ({ ':status': status }) => {
      if (status === 200) resolve(member)
      else reject(new Error(`a call was answered with ${status}`))
    })
    stream.on('error', reject)
  })
}

function follow(stream: ClientHttp2Stream, member: Member): void {
  stream.on('data', (data: Buffer) => member.received(data.toString('latin1')))
  let status = 'none'
  stream.on('trailers', (fields) => (status = String(fields['grpc-status'])))
  stream.on('close', () => {
    const code = stream.rstCode === 0 ? '' : `, reset ${stream.rstCode}`
    member.ended(`ended with grpc-status ${status}${code}`)
  })
}

/** A message of gRPC as text (latin1): not compressed, its length, its bytes. */
function framed(message: string): string {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return head.toString('latin1') + message
}

async function inBatches(count: number, open: () => Promise<Member>): Promise<Member[]> {
  const members: Member[] = []
  while (members.length < count) {
    const batch = Math.min(50, count - members.length)
    members.push(...(await Promise.all(Array.from({ length: batch }, open))))
  }
  return members
}
