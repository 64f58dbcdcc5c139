import type { Transform } from 'node:stream'
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import type { Compress, ContentCoding } from '../model/filters/compress.ts'

/** Compresses responses; made once for a filter. */
export interface ContentCoder {
  readonly coding: ContentCoding
  /** A body that is there as a whole, in one call that blocks: for short ones. */
  whole(bytes: Buffer): Buffer
  /** A body that comes in parts, in the threads of zlib. What is written so far leaves it at `flush`. */
  stream(): CoderStream
}

/** A stream of `node:zlib`. */
export type CoderStream = Transform & { flush(callback?: () => void): void }

type Levels = Readonly<Record<Compress['level'], number>>

const gzipLevels: Levels = { fast: 1, balanced: 5, small: 9 }
const brotliLevels: Levels = { fast: 1, balanced: 4, small: 9 }
const zstdLevels: Levels = { fast: 1, balanced: 3, small: 9 }

/** Of brotli and zstd, 512 KiB: bounds what a response under way keeps in memory. Clients take up to 8 MiB (RFC 9659). */
const windowBits = 19

export function contentCoder(coding: ContentCoding, level: Compress['level']): ContentCoder {
  switch (coding) {
    case 'gzip': {
      const options = { level: gzipLevels[level] }
      return { coding, whole: (bytes) => gzipSync(bytes, options), stream: () => createGzip(options) }
    }
    case 'br': {
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: brotliLevels[level],
        [constants.BROTLI_PARAM_LGWIN]: windowBits,
      }
      const whole = (bytes: Buffer): Buffer =>
        brotliCompressSync(bytes, {
          params: { ...params, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
        })
      return { coding, whole, stream: () => createBrotliCompress({ params }) }
    }
    case 'zstd': {
      const params = {
        [constants.ZSTD_c_compressionLevel]: zstdLevels[level],
        [constants.ZSTD_c_windowLog]: windowBits,
      }
      return {
        coding,
        whole: (bytes) => zstdCompressSync(bytes, { params }),
        stream: () => createZstdCompress({ params }),
      }
    }
  }
}
