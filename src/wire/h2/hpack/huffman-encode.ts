import type { ByteWriter } from './byte-writer.ts'
import { codeLengths, codes } from './huffman-code.ts'

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
    const length = codeLengths[symbol] ?? 0
    const code = codes[symbol] ?? 0
    let left = length
    while (left > 0) {
      const taken = Math.min(left, 8 - bits)
      left -= taken
      pending = (pending << taken) | ((code >>> left) & ((1 << taken) - 1))
      bits += taken
      if (bits < 8) continue
      bytes[at++] = pending
      pending = 0
      bits = 0
    }
  }
  if (bits > 0) bytes[at++] = (pending << (8 - bits)) | (255 >> bits)
  into.length = at
}
