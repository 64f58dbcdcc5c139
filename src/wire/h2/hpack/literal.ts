import type { ByteWriter } from './byte-writer.ts'
import { huffmanLength, writeHuffman } from './huffman-encode.ts'

/**
 * Writes an integer (RFC 7541 §5.1).
 *
 * @param pattern the bits in front of the prefix.
 * @param prefix all ones.
 */
export function writeInteger(pattern: number, prefix: number, value: number, into: ByteWriter): void {
  if (value < prefix) return into.u8(pattern | value)
  into.u8(pattern | prefix)
  let left = value - prefix
  for (; left >= 128; left = Math.floor(left / 128)) into.u8((left % 128) | 128)
  into.u8(left)
}

/** Writes a string literal (latin1), Huffman-coded when that is shorter (RFC 7541 §5.2). */
export function writeString(text: string, into: ByteWriter): void {
  const size = huffmanLength(text)
  if (size < text.length) {
    writeInteger(128, 127, size, into)
    writeHuffman(text, size, into)
  } else {
    writeInteger(0, 127, text.length, into)
    into.latin1(text)
  }
}
