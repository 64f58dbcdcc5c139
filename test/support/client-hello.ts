import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type ConnectionOptions, connect } from 'node:tls'

/** An extension: its type and its content. */
export type Extension = readonly [type: number, content: Buffer]

/** What a made hello says; whatever is left out is what a good one has. */
export interface HelloWish {
  /** Contents of the `server_name` extension as host names; none leaves it out. */
  readonly names?: readonly (string | Buffer)[]
  readonly alpn?: readonly string[]
  readonly versions?: readonly number[]
  readonly ciphers?: readonly number[]
  readonly extensions?: readonly Extension[]
}

/** The body of a ClientHello, behind its handshake header. */
export function helloBody(wish: HelloWish = {}): Buffer {
  const extensions: Extension[] = []
  if (wish.names !== undefined) extensions.push(serverName(wish.names))
  if (wish.alpn !== undefined) {
    extensions.push([16, lengthed(2, Buffer.concat(wish.alpn.map((name) => lengthed(1, Buffer.from(name)))))])
  }
  if (wish.versions !== undefined) extensions.push([43, lengthed(1, Buffer.concat(wish.versions.map(u16)))])
  extensions.push(...(wish.extensions ?? []))
  const all = Buffer.concat(
    extensions.map(([type, content]) => Buffer.concat([u16(type), lengthed(2, content)])),
  )
  return Buffer.concat([
    u16(0x0303),
    Buffer.alloc(32, 7),
    lengthed(1, Buffer.alloc(32, 9)),
    lengthed(2, Buffer.concat((wish.ciphers ?? [0x1301, 0xc02b]).map(u16))),
    lengthed(1, Buffer.from([0])),
    lengthed(2, all),
  ])
}

export function serverName(names: readonly (string | Buffer)[], kind = 0): Extension {
  const entries = names.map((name) =>
    Buffer.concat([
      Buffer.from([kind]),
      lengthed(2, typeof name === 'string' ? Buffer.from(name, 'latin1') : name),
    ]),
  )
  return [0, lengthed(2, Buffer.concat(entries))]
}

/** The handshake message of a body. */
export function message(body: Buffer, type = 1): Buffer {
  return Buffer.concat([Buffer.from([type]), lengthed(3, body)])
}

/** A message cut into records of at most so many bytes. */
export function records(content: Buffer, size = 16_384): Buffer {
  const made: Buffer[] = []
  for (let at = 0; at < content.length; at += size) {
    made.push(Buffer.from([0x16, 0x03, 0x01]), lengthed(2, content.subarray(at, at + size)))
  }
  return Buffer.concat(made)
}

/** A whole hello as it goes over the wire. */
export function helloBytes(wish: HelloWish = {}): Buffer {
  return records(message(helloBody(wish)))
}

/** The first bytes that Node's client sends with these options. */
export async function nodeHello(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect({ ...options, port: (server.address() as AddressInfo).port, host: '127.0.0.1' })
  client.on('error', () => {})
  const [socket] = await once(server, 'connection')
  const [first] = await once(socket, 'data')
  socket.destroy()
  client.destroy()
  server.close()
  return first
}

export function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff])
}

function lengthed(width: number, content: Buffer): Buffer {
  const length = Buffer.alloc(width)
  length.writeUIntBE(content.length, 0, width)
  return Buffer.concat([length, content])
}
