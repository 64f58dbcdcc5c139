import { type Duplex, duplexPair } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'

/** Frame types (RFC 9113 §6) that this peer tells apart. */
export const frames = { headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, continuation: 9 } as const
export const compressionError = 9
const flags = { ack: 1, endStream: 1, endHeaders: 4 } as const
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
const headerTableSize = 1
const mostTurns = 1000
const mostPayload = 16_384

/** What the other side does that matters here. */
export interface PeerEvents {
  /** A complete header block. */
  onBlock(block: Buffer, stream: number): void
  /** A new SETTINGS_HEADER_TABLE_SIZE of the other side; it is acknowledged behind this call. */
  onTableSize(bytes: number): void
  /** Our settings were acknowledged. */
  onSettingsTaken(): void
}

/**
 * One end of an HTTP/2 connection in memory whose frames are written by hand; the other end, `far`, is for `node:http2`.
 */
export class HandPeer {
  readonly far: Duplex
  /** The code of the GOAWAY that came; -1 while none did. */
  goaway = -1
  readonly #near: Duplex
  readonly #events: PeerEvents
  #held: Buffer = Buffer.alloc(0)
  #isPrefaced: boolean
  #block: Buffer[] = []
  #pongs = 0
  #isOver = false

  constructor(role: 'client' | 'server', events: PeerEvents) {
    const [near, far] = duplexPair()
    this.#near = near
    this.far = far
    this.#events = events
    this.#isPrefaced = role === 'client'
    near.on('data', (data: Buffer) => this.#read(data))
    for (const name of ['end', 'close', 'error']) near.on(name, () => (this.#isOver = true))
    far.on('error', () => undefined)
    if (role === 'client') near.write(preface)
    this.sendSettings()
  }

  /** Announces a header table; nothing when no size is given. */
  sendSettings(tableBytes?: number): void {
    const payload = Buffer.alloc(tableBytes === undefined ? 0 : 6)
    if (tableBytes !== undefined) {
      payload.writeUInt16BE(headerTableSize, 0)
      payload.writeUInt32BE(tableBytes, 2)
    }
    this.#send(frames.settings, 0, 0, payload)
  }

  /** Sends a block in as few frames as it fits in, the first of them with `cut` bytes; the stream ends with it. */
  sendBlock(stream: number, block: Buffer, cut = mostPayload): void {
    let type: number = frames.headers
    let start = 0
    do {
      const end = start + Math.min(start === 0 ? cut : mostPayload, mostPayload)
      const flag =
        (type === frames.headers ? flags.endStream : 0) | (end >= block.length ? flags.endHeaders : 0)
      this.#send(type, flag, stream, block.subarray(start, end))
      type = frames.continuation
      start = end
    } while (start < block.length)
  }

  /** Waits until the other side has handled everything that was sent, or has given up; false then. */
  async settled(): Promise<boolean> {
    const wanted = this.#pongs + 1
    this.#send(frames.ping, 0, 0, Buffer.alloc(8))
    for (
      let turns = 0;
      turns < mostTurns && this.#pongs < wanted && this.goaway < 0 && !this.#isOver;
      turns++
    )
      await turn()
    return this.#pongs >= wanted && this.goaway < 0
  }

  close(): void {
    this.#near.destroy()
    this.far.destroy()
  }

  #send(type: number, flag: number, stream: number, payload: Buffer): void {
    if (this.#isOver) return
    const head = Buffer.alloc(9)
    head.writeUIntBE(payload.length, 0, 3)
    head[3] = type
    head[4] = flag
    head.writeUInt32BE(stream, 5)
    this.#near.write(Buffer.concat([head, payload]))
  }

  #read(data: Buffer): void {
    this.#held = Buffer.concat([this.#held, data])
    if (!this.#isPrefaced) {
      if (this.#held.length < preface.length) return
      this.#held = this.#held.subarray(preface.length)
      this.#isPrefaced = true
    }
    while (this.#held.length >= 9) {
      const length = this.#held.readUIntBE(0, 3)
      if (this.#held.length < 9 + length) return
      const frame = this.#held.subarray(0, 9 + length)
      this.#held = this.#held.subarray(9 + length)
      this.#take(frame[3] ?? 0, frame[4] ?? 0, frame.readUInt32BE(5), frame.subarray(9))
    }
  }

  #take(type: number, flag: number, stream: number, payload: Buffer): void {
    if (type === frames.goaway) this.goaway = payload.readUInt32BE(4)
    else if (type === frames.ping && (flag & flags.ack) !== 0) this.#pongs++
    else if (type === frames.settings) this.#takeSettings(flag, payload)
    else if (type === frames.headers || type === frames.continuation) {
      this.#block.push(payload)
      if ((flag & flags.endHeaders) === 0) return
      const block = Buffer.concat(this.#block)
      this.#block = []
      this.#events.onBlock(block, stream)
    }
  }

  #takeSettings(flag: number, payload: Buffer): void {
    if ((flag & flags.ack) !== 0) return this.#events.onSettingsTaken()
    for (let at = 0; at + 6 <= payload.length; at += 6)
      if (payload.readUInt16BE(at) === headerTableSize) this.#events.onTableSize(payload.readUInt32BE(at + 2))
    this.#send(frames.settings, flags.ack, 0, Buffer.alloc(0))
  }
}
