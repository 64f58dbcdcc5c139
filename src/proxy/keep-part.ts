import type { Bytes } from '../std/units.ts'
import type { Exchange } from './exchange.ts'

/** Parts are not joined beyond this. */
const joinedBytes: Bytes = 16 * 1024
const pooledBytes: Bytes = 512

/** Keeps a copy of a part of the request's body behind those that are kept. */
export function keepPart(exchange: Exchange, buffer: Buffer, start: number, end: number): void {
  exchange.kept.push(Buffer.from(buffer.subarray(start, end)))
  exchange.keptBytes += end - start
  joinSmall(exchange.kept)
}

/** Joins neighbours, each with one no longer, so that many small parts cost what they weigh. */
function joinSmall(parts: Buffer[]): void {
  for (;;) {
    const last = parts.at(-1)
    const before = parts.at(-2)
    if (last === undefined || before === undefined) return
    if (before.length > last.length || before.length + last.length > joinedBytes) return
    parts.length -= 2
    parts.push(joined(before, last))
  }
}

/** A long one gets memory of its own: a slice of Node's pool would hold all of its 64 KiB. */
function joined(before: Buffer, last: Buffer): Buffer {
  const length = before.length + last.length
  if (length < pooledBytes) return Buffer.concat([before, last])
  const both = Buffer.allocUnsafeSlow(length)
  before.copy(both)
  last.copy(both, before.length)
  return both
}
