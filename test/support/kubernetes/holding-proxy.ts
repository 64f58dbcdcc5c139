import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A byte of TLS that begins a record of application data, and no handshake. */
const applicationData = 0x17

interface Held {
  readonly to: Socket
  readonly bytes: Buffer
}

/** Carries connections to a port, and keeps what clients send for as long as it is told to: requests that are under way. */
export class HoldingProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #held: Held[] | undefined
  /** Connections on which something was held, until their server answers. */
  readonly #unanswered = new Set<Socket>()

  private constructor(port: number) {
    this.#server = createServer((client) => this.#carry(client, port))
  }

  static async start(port: number): Promise<HoldingProxy> {
    const proxy = new HoldingProxy(port)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** From now on what clients send goes no further. */
  hold(): void {
    this.#held = []
  }

  /** On how many connections requests are held; what a handshake sends does not count. */
  get heldRequests(): number {
    const held = this.#held?.filter(({ bytes }) => bytes[0] === applicationData) ?? []
    return new Set(held.map(({ to }) => to)).size
  }

  /** Sends on what was held, in its order. */
  letGo(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const { to, bytes } of held) {
      if (to.destroyed) continue
      this.#unanswered.add(to)
      to.write(bytes)
    }
  }

  /** Connections on which held bytes were sent on and nothing has come back yet. */
  get unanswered(): number {
    return this.#unanswered.size
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #carry(client: Socket, port: number): void {
    const server = connect(port, '127.0.0.1')
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        this.#unanswered.delete(socket)
        other.destroy()
      })
    }
    client.on('data', (bytes: Buffer) => {
      if (this.#held === undefined) server.write(bytes)
      else this.#held.push({ to: server, bytes })
    })
    server.on('data', (bytes) => {
      this.#unanswered.delete(server)
      client.write(bytes)
    })
  }
}
