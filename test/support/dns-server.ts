import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'

/** What the server says of one question, such as `"web.test A"`. */
export type DnsReply =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[]; readonly ttl: number }
  | { readonly kind: 'nxdomain' | 'nodata' | 'servfail' | 'silence' }

const typeNames: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA' }
const responseCodes = { addresses: 0, nodata: 0, servfail: 2, nxdomain: 3, silence: 0 } as const

/** A real DNS server over UDP on loopback that answers by script; names without a line do not exist. */
export class DnsServer implements AsyncDisposable {
  readonly #socket = createSocket('udp4')
  /** May be changed at any time. */
  readonly replies: Record<string, DnsReply>
  /** Questions in the order they came. */
  readonly asked: string[] = []

  constructor(replies: Record<string, DnsReply>) {
    this.replies = replies
    this.#socket.on('message', (message, from) => this.#answer(message, from))
  }

  /** Returns `127.0.0.1:PORT`. */
  async listen(): Promise<string> {
    this.#socket.bind(0, '127.0.0.1')
    await once(this.#socket, 'listening')
    return `127.0.0.1:${this.#socket.address().port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }

  #answer(message: Buffer, from: RemoteInfo): void {
    const { name, type, end } = question(message)
    const key = `${name} ${typeNames[type] ?? type}`
    this.asked.push(key)
    const reply = this.replies[key] ?? { kind: 'nxdomain' }
    if (reply.kind === 'silence') return
    const records = reply.kind === 'addresses' ? reply.addresses : []
    const ttl = reply.kind === 'addresses' ? reply.ttl : 0
    const header = Buffer.alloc(12)
    message.copy(header, 0, 0, 2)
    // QR, RD, RA; then the response code. RFC 1035 §4.1.1.
    header.writeUInt16BE(0x8180 | responseCodes[reply.kind], 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(records.length, 6)
    const answers = records.map((address) => record(type, ttl, address))
    this.#socket.send(Buffer.concat([header, message.subarray(12, end), ...answers]), from.port, from.address)
  }
}

/** The first question of a message and where it ends. */
function question(message: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length).toLowerCase())
    at += length + 1
  }
  return { name: labels.join('.'), type: message.readUInt16BE(at + 1), end: at + 5 }
}

/** A record for the name of the question, by a pointer to it. RFC 1035 §4.1.3, §4.1.4. */
function record(type: number, ttl: number, address: string): Buffer {
  const data = type === 1 ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address)
  const head = Buffer.alloc(12)
  head.writeUInt16BE(0xc00c, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(ttl, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

/** Bytes of an address with one `::`. */
function ipv6Bytes(address: string): Buffer {
  const [left = '', right = ''] = address.split('::')
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const [head, tail] = [groups(left), groups(right)]
  const all = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail]
  const bytes = Buffer.alloc(16)
  for (const [i, group] of all.entries()) bytes.writeUInt16BE(group, i * 2)
  return bytes
}
