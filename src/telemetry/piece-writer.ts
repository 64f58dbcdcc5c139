import { write, writeSync } from 'node:fs'
import type { Clock } from '../std/clock.ts'
import type { Bytes, Ms } from '../std/units.ts'
import type { LogTarget } from './log-target.ts'

/** Whole lines that are written together. */
export interface Piece {
  readonly bytes: Buffer
  readonly lines: number
}

const lineFeed = 0x0a

/** Pieces written in one turn of the event loop: 256 KiB to a pipe take well below a millisecond. */
const piecesPerTurn = 64
/** How soon a full pipe is tried again; doubles while nothing moves. */
const firstRetry: Ms = 2
const lastRetry: Ms = 100

/**
 * Writes pieces to a target, one after the other, waiting while the target is full. A piece that fails for another
 * reason (ENOSPC, EPIPE, EIO) is dropped and told to `onDropped`; the next one is tried all the same.
 */
export class PieceWriter {
  /** Bytes of pieces not yet written. */
  held: Bytes = 0
  readonly #clock: Clock
  readonly #onDropped: (lines: number, why: string) => void
  #target: LogTarget | undefined
  #next: LogTarget | undefined
  #pieces: Piece[] = []
  /** Bytes of the first piece that are written already. */
  #offset = 0
  /** A write of the thread pool is under way, or a timer waits to try again. */
  #busy = false
  #retry = firstRetry
  /** The target ends in half a line. */
  #torn = false
  #onIdle: (() => void) | undefined

  constructor(clock: Clock, onDropped: (lines: number, why: string) => void) {
    this.#clock = clock
    this.#onDropped = onDropped
  }

  /** From the next piece on, writes go to this target; the one before is closed. */
  use(target: LogTarget): void {
    this.#next?.close()
    this.#next = target
    this.pump()
  }

  push(piece: Piece): void {
    this.#pieces.push(piece)
    this.held += piece.bytes.length
  }

  /** Starts writing unless that is under way. */
  readonly pump = (): void => {
    if (this.#busy) return
    this.#swapTarget()
    if (this.#target === undefined) return
    if (this.#target.mode === 'direct') this.#writeDirectly(this.#target)
    else this.#writeByPool(this.#target)
    if (this.#pieces.length === 0) this.#onIdle?.()
  }

  /** Resolves when nothing is left to write, and at the latest after `timeout`. */
  async idle(timeout: Ms): Promise<void> {
    this.pump()
    if (this.#pieces.length === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onIdle = resolve
    // Not the clock's: its timers let the process end, and this one must keep it until the last line is out.
    const timer = setTimeout(resolve, timeout)
    await promise
    clearTimeout(timer)
  }

  /** Gives up what is left. A descriptor that a thread still writes to stays open. */
  close(): void {
    while (this.#pieces.length > 0) this.#dropFirst('closed')
    this.#next?.close()
    if (!this.#busy || this.#target?.mode === 'direct') this.#target?.close()
    this.#next = undefined
    this.#target = undefined
  }

  #swapTarget(): void {
    if (this.#next === undefined || this.#offset > 0) return
    this.#target?.close()
    this.#target = this.#next
    this.#next = undefined
    this.#torn = false
  }

  #writeDirectly(target: LogTarget): void {
    for (let i = 0; i < piecesPerTurn; i += 1) {
      const bytes = this.#first()
      if (bytes === undefined) return
      try {
        this.#written(writeSync(target.fd, bytes, this.#offset, bytes.length - this.#offset))
      } catch (error) {
        if (this.#failed(errorCode(error))) return
      }
    }
    this.#pumpLater(0)
  }

  #writeByPool(target: LogTarget): void {
    const bytes = this.#first()
    if (bytes === undefined) return
    this.#busy = true
    write(target.fd, bytes, this.#offset, bytes.length - this.#offset, null, (error, count) => {
      if (this.#target === undefined) return target.close()
      this.#busy = false
      if (error === null) this.#written(count)
      else if (this.#failed(errorCode(error))) return
      this.pump()
    })
  }

  /** The bytes to write next, on a new line if the last one was torn. */
  #first(): Buffer | undefined {
    const piece = this.#pieces[0]
    if (piece === undefined || !this.#torn || piece.bytes[0] === lineFeed) return piece?.bytes
    const bytes = Buffer.concat([Buffer.from('\n'), piece.bytes])
    this.#pieces[0] = { bytes, lines: piece.lines }
    this.held += 1
    return bytes
  }

  #written(count: number): void {
    this.#retry = firstRetry
    this.#torn = false
    this.#offset += count
    const piece = this.#pieces[0]
    if (piece === undefined || this.#offset < piece.bytes.length) return
    this.#pieces.shift()
    this.held -= piece.bytes.length
    this.#offset = 0
  }

  /** Whether to wait before the next attempt. */
  #failed(code: string): boolean {
    if (code !== 'EAGAIN') {
      this.#dropFirst(code)
      return false
    }
    this.#pumpLater(this.#retry)
    this.#retry = Math.min(this.#retry * 2, lastRetry)
    return true
  }

  #dropFirst(why: string): void {
    const piece = this.#pieces.shift()
    if (piece === undefined) return
    const lines = this.#offset === 0 ? piece.lines : countLines(piece.bytes.subarray(this.#offset))
    if (this.#offset > 0) this.#torn = true
    this.#offset = 0
    this.held -= piece.bytes.length
    this.#onDropped(lines, why)
  }

  #pumpLater(delay: Ms): void {
    this.#busy = true
    this.#clock.setTimeout(() => {
      this.#busy = false
      this.pump()
    }, delay)
  }
}

function countLines(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) lines += 1
  return lines
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'EIO'
}
