import type { ExtensionCall } from '../../extend/call.ts'
import type { Bytes } from '../../std/units.ts'
import type { Exchange } from '../exchange.ts'

const noParts: Buffer[] = []

/** A request's body on its way into extensions: parts gather until they leave. */
export class RequestBody {
  /** How far it is: `sent` with its end. */
  state: 'on' | 'complete' | 'sent' = 'on'
  #parts = noParts

  /** Copies: what a connection reads into is read into again, its own buffer too, and extensions keep what they get. */
  add(buffer: Buffer, start: number, end: number): void {
    const part = buffer.subarray(start, end)
    if (this.#parts === noParts) this.#parts = []
    this.#parts.push(Buffer.from(part))
  }

  /** Its length, before any of it has left; -1 when nobody knows. */
  length({ head, upgrade, decoded }: Exchange): Bytes {
    if (upgrade !== undefined) return -1
    if (this.state !== 'on') return this.#parts.reduce((sum, part) => sum + part.length, 0)
    return head.chunked || decoded !== undefined ? -1 : Math.max(0, head.contentLength)
  }

  /** @returns false when no more should leave. */
  leaveTo(call: ExtensionCall): boolean {
    const parts = this.#parts
    this.#parts = noParts
    let takesMore = true
    for (const part of parts) takesMore = call.data(part)
    return takesMore
  }

  clear(): void {
    this.#parts = noParts
  }
}
