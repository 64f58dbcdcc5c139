import type { ByteWriter } from './byte-writer.ts'
import { codeLengths, codes } from './huffman-code.ts'

/** Codes have up to 30 bits, and up to 7 are waiting: in two steps they fit into 32. */
const half = 16

/** Bytes that `text` (latin1) takes as a Huffman string. */
export function huffmanLength(text: string): number {
  let bits = 0
  for (let i = 0; i < text.length; i++) bits += codeLengths[text.charCodeAt(i)] ?? 0
  return (bits + 7) >>> 3
}

/** Writes `text` (latin1) as a Huffman string, without its length. @param size what `huffmanLength` says. */
export function writeHuffman(text: string, size: number, into: ByteWriter): void {
  into.reserve(size)
  const { bytes } = into
  let at = into.length
  let pending = 0
  let bits = 0
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i)
    let length = codeLengths[symbol] ?? 0
    let code = codes[symbol] ?? 0
    if (length > half) {
      length -= half
      pending = (pending << length) | (code >>> half)
      code &= (1 << half) - 1
      for (bits += length; bits >= 8; ) bytes[at++] = pending >>> (bits -= 8)
      length = half
    }
    pending = (pending << length) | code
    for (bits += length; bits >= 8; ) bytes[at++] = pending >>> (bits -= 8)
  }
  if (bits > 0) bytes[at++] = (pending << (8 - bits)) | (255 >> bits)
  into.length = at
}
