import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { type Message, value } from './message-reader.ts'

/** The body of a message without its content coding. */
export function decodedBody(message: Message): Buffer {
  const bytes = Buffer.concat(message.pieces)
  switch (value(message, 'content-encoding')) {
    case 'gzip':
      return gunzipSync(bytes)
    case 'br':
      return brotliDecompressSync(bytes)
    case 'zstd':
      return zstdDecompressSync(bytes)
    default:
      return bytes
  }
}
