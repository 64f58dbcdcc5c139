import { needMore, refused } from '../h1/head-reader.ts'
import { type Refusal, refusal } from '../h1/refusal.ts'
import { longestRestV2, longestV1, type ProxyHeader, signatureV2, startV2 } from './header.ts'
import { readV1 } from './read-v1.ts'
import { readV2 } from './read-v2.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d
const startV1 = Buffer.from('PROXY ', 'latin1')

/**
 * Finds and reads the PROXY protocol header at the start of a connection, of either version, however it is cut into
 * reads. What cannot become a header any more is refused at the first byte that shows it.
 */
export class ProxyHeaderReader {
  /** What was read, once it is complete. */
  header: ProxyHeader | undefined = undefined
  refusal: Refusal | undefined = undefined
  /** What came before the present read; most headers come in one piece. */
  #kept: Buffer | undefined = undefined

  /** Takes bytes of a read. @returns the index behind the header, `needMore` or `refused`, as `HeadReader.push`. */
  push(buffer: Buffer, start: number, end: number): number {
    const before = this.#kept?.length ?? 0
    const part = buffer.subarray(start, Math.min(end, start + startV2 + longestRestV2 - before))
    const bytes = this.#kept === undefined ? part : Buffer.concat([this.#kept, part])
    const length = this.#read(bytes)
    if (length === needMore) this.#kept = bytes === part ? Buffer.from(part) : bytes
    return length < 0 ? length : start + length - before
  }

  /** @returns the length of the header, `needMore` or `refused`. */
  #read(bytes: Buffer): number {
    if (startsLike(bytes, startV1)) return this.#readV1(bytes)
    if (startsLike(bytes, signatureV2)) return this.#readV2(bytes)
    return this.#refuse(refusal('proxy_protocol', 'no PROXY header:', bytes.toString('latin1', 0, startV2)))
  }

  #readV1(bytes: Buffer): number {
    const end = bytes.subarray(0, longestV1).indexOf(lineFeed)
    if (end < 0) {
      if (bytes.length < longestV1) return needMore
      return this.#refuse({ reason: 'proxy_protocol', detail: `a v1 header has at most ${longestV1} bytes` })
    }
    if (bytes[end - 1] !== carriageReturn)
      return this.#refuse({ reason: 'proxy_protocol', detail: 'a v1 header ends in CRLF' })
    return this.#take(readV1(bytes.toString('latin1', 0, end - 1)), end + 1)
  }

  #readV2(bytes: Buffer): number {
    if (bytes.length < startV2) return needMore
    const rest = bytes.readUInt16BE(startV2 - 2)
    if (rest > longestRestV2)
      return this.#refuse({ reason: 'proxy_protocol', detail: `a v2 header of ${rest} bytes is too long` })
    const length = startV2 + rest
    return bytes.length < length ? needMore : this.#take(readV2(bytes.subarray(0, length)), length)
  }

  #take(result: ProxyHeader | Refusal, length: number): number {
    if ('reason' in result) return this.#refuse(result)
    this.header = result
    this.#kept = undefined
    return length
  }

  #refuse(refusal: Refusal): number {
    this.refusal = refusal
    this.#kept = undefined
    return refused
  }
}

/** Whether `bytes` start with `start`, as far as there are any. */
function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length)
  return bytes.compare(start, 0, length, 0, length) === 0
}
