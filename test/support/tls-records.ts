import { createCipheriv, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { type ConnectionOptions, connect } from 'node:tls'
import { u16 } from './client-hello.ts'

export const contentTypes = { alert: 21, handshake: 22, data: 23 } as const

/** A TLS 1.3 connection whose further records a test makes itself, wrong ones and floods included. */
export interface RecordClient extends Disposable {
  readonly socket: Socket
  /** An encrypted record of this type and content. */
  record(type: number, content: Buffer): Buffer
  /** A KeyUpdate; what follows is encrypted with the next key. RFC 8446 §4.6.3. */
  keyUpdate(answer: 'wanted' | 'not wanted'): Buffer
}

/** Makes a handshake by Node with any server, learns its keys, and takes the connection from it. */
export async function recordClient(port: number, options: ConnectionOptions): Promise<RecordClient> {
  const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true })
  const fixed = {
    minVersion: 'TLSv1.3',
    ciphers: 'TLS_AES_128_GCM_SHA256',
    rejectUnauthorized: false,
  } as const
  const client = connect({ ...options, ...fixed, socket })
  let secret: Buffer = Buffer.alloc(0)
  client.on('keylog', (line: Buffer) => {
    const [label, , value = ''] = line.toString().trim().split(' ')
    if (label === 'CLIENT_TRAFFIC_SECRET_0') secret = Buffer.from(value, 'hex')
  })
  client.on('error', () => {})
  socket.on('error', () => {})
  await once(client, 'secureConnect')
  // Its Finished leaves behind this event.
  await turn()
  let keys = new Keys(secret)
  return {
    socket,
    record: (type, content) => keys.record(type, content),
    keyUpdate(answer) {
      const message = keys.record(
        contentTypes.handshake,
        Buffer.from([24, 0, 0, 1, answer === 'wanted' ? 1 : 0]),
      )
      secret = expandLabel(secret, 'traffic upd', 32)
      keys = new Keys(secret)
      return message
    },
    [Symbol.dispose]() {
      socket.destroy()
    },
  }
}

/** RFC 8446 §5.2, §5.3, §7.3. */
class Keys {
  readonly #key: Buffer
  readonly #iv: Buffer
  #sequence = 0n

  constructor(secret: Buffer) {
    this.#key = expandLabel(secret, 'key', 16)
    this.#iv = expandLabel(secret, 'iv', 12)
  }

  record(type: number, content: Buffer): Buffer {
    const nonce = Buffer.from(this.#iv)
    nonce.writeBigUInt64BE(nonce.readBigUInt64BE(4) ^ this.#sequence++, 4)
    const header = Buffer.concat([Buffer.from([23, 3, 3]), u16(content.length + 17)])
    const cipher = createCipheriv('aes-128-gcm', this.#key, nonce).setAAD(header)
    const sealed = Buffer.concat([
      cipher.update(Buffer.concat([content, Buffer.from([type])])),
      cipher.final(),
    ])
    return Buffer.concat([header, sealed, cipher.getAuthTag()])
  }
}

/** HKDF-Expand-Label of at most one block, RFC 8446 §7.1. */
function expandLabel(secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`)
  const info = Buffer.concat([u16(length), Buffer.from([name.length]), name, Buffer.from([0, 1])])
  return createHmac('sha256', secret).update(info).digest().subarray(0, length)
}
