import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  type AddressInfo,
  connect,
  createServer,
  type NetConnectOpts,
  type Server,
  type Socket,
} from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { until } from './raw-client.ts'

/** One end of a connection that says bytes and hears them, whatever they mean. */
export class TcpPeer implements Disposable {
  readonly socket: Socket
  /** How the other side ended it; `closed` when it was closed from here. */
  state: 'open' | 'fin' | 'reset' = 'open'
  bytes = 0
  readonly #digest = createHash('sha256')
  /** What came first, up to 1 MiB. */
  readonly #pieces: Buffer[] = []

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (data: Buffer) => {
      if (this.bytes < 1024 * 1024) this.#pieces.push(data)
      this.bytes += data.length
      this.#digest.update(data)
    })
    socket.on('end', () => {
      if (this.state === 'open') this.state = 'fin'
    })
    socket.on('error', () => {
      this.state = 'reset'
    })
  }

  static async connect(to: number | NetConnectOpts): Promise<TcpPeer> {
    const options = typeof to === 'number' ? { host: '127.0.0.1', port: to } : to
    const socket = connect({ ...options, allowHalfOpen: true, noDelay: true } as NetConnectOpts)
    const peer = new TcpPeer(socket)
    // A connection may be reset before this process hears that it was made.
    await once(socket, 'connect').catch(() => {})
    return peer
  }

  get text(): string {
    return Buffer.concat(this.#pieces).toString('latin1')
  }

  /** Of everything that came; asked for once, at the end. */
  digest(): string {
    return this.#digest.digest('hex')
  }

  /** Reads for a moment, then not, until the connection has ended. */
  async readHaltingly(): Promise<void> {
    while (this.state === 'open') {
      this.socket.pause()
      await turn()
      await turn()
      this.socket.resume()
      await turn()
    }
  }

  send(bytes: string | Buffer): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    return this
  }

  /** Says FIN, and goes on listening. */
  finish(): this {
    this.socket.end()
    return this
  }

  reset(): void {
    this.socket.resetAndDestroy()
  }

  /** Waits until this much has come; the text so far. */
  async heard(bytes: number): Promise<string> {
    await until(() => this.bytes >= bytes || this.state !== 'open', `${bytes} bytes are heard`)
    return this.text
  }

  /** Waits until the other side has ended. */
  async ended(): Promise<'fin' | 'reset'> {
    await until(
      () => this.state !== 'open',
      `the end of a connection after ${JSON.stringify(this.text.slice(0, 99))}`,
    )
    return this.state as 'fin' | 'reset'
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}

/** A server of connections that do what a test tells them. */
export class TcpOrigin implements AsyncDisposable {
  readonly peers: TcpPeer[] = []
  /** Called with each connection as it is accepted. */
  onPeer: (peer: TcpPeer) => void = () => {}
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(at: { host?: string; port?: number; path?: string } = {}): Promise<TcpOrigin> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    const origin = new TcpOrigin(server)
    server.on('connection', (socket) => {
      const peer = new TcpPeer(socket)
      origin.peers.push(peer)
      origin.onPeer(peer)
    })
    server.listen(at.path === undefined ? { host: '127.0.0.1', port: 0, ...at } : { path: at.path })
    await once(server, 'listening')
    return origin
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The connection with this number; waits for it. */
  async peer(index = 0): Promise<TcpPeer> {
    await until(() => this.peers.length > index, `connection ${index} is accepted`)
    return this.peers[index] as TcpPeer
  }

  forget(): void {
    for (const peer of this.peers.splice(0)) peer.socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.forget()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** A port on which nobody listens. */
export async function refusingAddress(): Promise<string> {
  const origin = await TcpOrigin.start()
  const { address } = origin
  await origin[Symbol.asyncDispose]()
  return address
}
