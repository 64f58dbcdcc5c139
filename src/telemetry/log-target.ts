import { close, constants, fstatSync, open, openSync, type Stats } from 'node:fs'
import { Socket } from 'node:net'
import { promisify } from 'node:util'
import type { Bytes } from '../std/units.ts'

/** A file descriptor that lines go to, and how it may be written without ever holding up the event loop. */
export interface LogTarget {
  readonly fd: number
  /**
   * `direct`: a description of our own that never blocks, written at once. `pool`: written by a thread of libuv's
   * pool, because it might block.
   */
  readonly mode: 'direct' | 'pool'
  /** Largest write, so that several processes writing to the same target do not tear each other's lines. */
  readonly piece: Bytes
  close(): void
}

/** POSIX: a write of at most PIPE_BUF bytes to a pipe is done whole or not at all. */
const pipePiece = 4096
/** Linux puts up to 48 KiB of a unix stream socket into one buffer, which is queued whole. */
const socketPiece = 32 * 1024
const filePiece = 64 * 1024

const openAsync = promisify(open)
const openFlags = constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK | constants.O_NOCTTY

/**
 * Opens `stdout`, `stderr` or a file (created with mode 0640, appended to).
 *
 * Standard streams are shared with other processes, and a blocked write to one can hold up `process.exit` for ever.
 * So a pipe or terminal is opened once more, without blocking; the others keep theirs as it is.
 *
 * @throws what `open` and `fstat` throw: ENOENT, EACCES, EISDIR, ENXIO for a named pipe that nobody reads.
 */
export async function openTarget(to: string): Promise<LogTarget> {
  if (to === 'stdout') return standardTarget(1)
  if (to === 'stderr') return standardTarget(2)
  const fd = await openAsync(to, openFlags | constants.O_CREAT, 0o640)
  return fstatSync(fd).isFile() ? ownTarget(fd, 'pool', filePiece) : ownTarget(fd, 'direct', pipePiece)
}

function standardTarget(fd: number): LogTarget {
  const stats = fstatSync(fd)
  if (stats.isFile()) return sharedTarget(fd, filePiece)
  if (stats.isSocket()) return socketTarget(fd)
  const own = openAgain(fd, stats)
  return own === undefined ? sharedTarget(fd, pipePiece) : ownTarget(own, 'direct', pipePiece)
}

/** A second description of the same pipe or device; `undefined` where the host has no such paths or forbids it. */
function openAgain(fd: number, stats: Stats): number | undefined {
  if (!stats.isFIFO() && !stats.isCharacterDevice()) return undefined
  try {
    return openSync(`/proc/self/fd/${fd}`, openFlags)
  } catch {
    return undefined
  }
}

/** A socket cannot be opened again; wrapping it switches its shared description to non-blocking, and `fd` stays ours. */
function socketTarget(fd: number): LogTarget {
  const wrapped = new Socket({ fd, readable: false, writable: true })
  wrapped.unref()
  return { fd, mode: 'pool', piece: socketPiece, close: () => wrapped.unref() }
}

function sharedTarget(fd: number, piece: Bytes): LogTarget {
  return { fd, mode: 'pool', piece, close: () => {} }
}

function ownTarget(fd: number, mode: LogTarget['mode'], piece: Bytes): LogTarget {
  return { fd, mode, piece, close: () => close(fd, () => {}) }
}
