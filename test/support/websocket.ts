import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type ClientOptions, type ServerOptions, WebSocket, WebSocketServer } from 'ws'
import { websocketAccept } from '../../src/wire/websocket/handshake.ts'
import { value } from './message-reader.ts'
import type { OriginRequest } from './origin.ts'
import { within } from './raw-client.ts'

/** The key of RFC 6455 §1.3 and what answers it. */
export const sampleKey = 'dGhlIHNhbXBsZSBub25jZQ=='
export const sampleAccept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

/** A websocket handshake for `a.test`; `fields` is lines with their CRLF. */
export function handshake(target = '/ws', fields = ''): string {
  return `GET ${target} HTTP/1.1\r\nHost: a.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${sampleKey}\r\nSec-WebSocket-Version: 13\r\n${fields}\r\n`
}

/** The right answer to a handshake that an origin received; `fields` is lines with their CRLF. */
export function agreement(request: OriginRequest, fields = ''): string {
  const accept = websocketAccept(value(request, 'sec-websocket-key') ?? '')
  return `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n${fields}\r\n`
}

/** A server by ws that answers every message with itself. */
export class EchoServer implements AsyncDisposable {
  readonly server: WebSocketServer
  /** In the order of their coming. */
  readonly sockets: WebSocket[] = []

  private constructor(server: WebSocketServer) {
    this.server = server
    server.on('connection', (socket) => {
      this.sockets.push(socket)
      socket.on('error', () => {})
      socket.on('message', (data, binary) => socket.send(data, { binary }))
    })
  }

  static async start(options: ServerOptions = {}): Promise<EchoServer> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...options })
    await once(server, 'listening')
    return new EchoServer(server)
  }

  /** As configuration writes it. */
  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.terminate()
    this.server.close()
    await once(this.server, 'close')
  }
}

/** A client by ws, open. */
export async function openWebsocket(
  port: number,
  { protocols = [], path = '/ws', ...options }: ClientOptions & { protocols?: string[]; path?: string } = {},
): Promise<WebSocket> {
  const url = `ws://127.0.0.1:${port}${path}`
  const socket = new WebSocket(url, protocols, { perMessageDeflate: false, ...options })
  socket.on('error', () => {})
  await within(once(socket, 'open'), 'the websocket opens')
  return socket
}

/** Sends a message and gives what comes back. */
export async function echo(socket: WebSocket, message: string | Buffer): Promise<Buffer> {
  const back = once(socket, 'message')
  socket.send(message)
  const [data] = (await within(back, 'an echo')) as [Buffer]
  return data
}

/** The code with which it was closed. */
export async function closed(socket: WebSocket, ms?: number): Promise<number> {
  const [code] = (await within(once(socket, 'close'), 'the websocket closes', ms)) as [number]
  return code
}
