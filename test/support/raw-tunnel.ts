import { websocketAccept } from '../../src/wire/websocket/handshake.ts'
import { until } from './raw-client.ts'
import { type TcpOrigin, TcpPeer } from './tcp-peer.ts'
import { handshake } from './websocket.ts'

const headEnd = '\r\n\r\n'

/** Both raw ends of a websocket through a gateway, open. */
export interface RawTunnel extends Disposable {
  readonly client: TcpPeer
  readonly endpoint: TcpPeer
  /** What came behind the heads. */
  clientText(): string
  endpointText(): string
}

/** The right answer to the raw head of a handshake. */
export function agreementTo(head: string, fields = ''): string {
  const key = /^sec-websocket-key: (.*)\r$/im.exec(head)?.[1] ?? ''
  return `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${websocketAccept(key)}\r\n${fields}\r\n`
}

/** What a peer heard behind the first head. */
export function behindHead(peer: TcpPeer): string {
  const end = peer.text.indexOf(headEnd)
  return end < 0 ? '' : peer.text.slice(end + headEnd.length)
}

/** The head a peer heard first; waits for it. */
export async function headOf(peer: TcpPeer): Promise<string> {
  await until(() => peer.text.includes(headEnd) || peer.state !== 'open', 'a head is heard')
  return peer.text.slice(0, peer.text.indexOf(headEnd) + headEnd.length)
}

/** Opens one: the handshake of RFC 6455, then nothing. */
export async function openRawTunnel(
  port: number,
  origin: TcpOrigin,
  target = '/ws',
  fields = '',
): Promise<RawTunnel> {
  const index = origin.peers.length
  const client = await TcpPeer.connect(port)
  client.send(handshake(target, fields))
  const endpoint = await origin.peer(index)
  endpoint.send(agreementTo(await headOf(endpoint)))
  await headOf(client)
  return {
    client,
    endpoint,
    clientText: () => behindHead(client),
    endpointText: () => behindHead(endpoint),
    [Symbol.dispose]() {
      client[Symbol.dispose]()
      endpoint[Symbol.dispose]()
    },
  }
}
