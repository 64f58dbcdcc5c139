import type { IncomingMessage } from 'node:http'
import type { Clock } from '../../../std/clock.ts'
import { quoted } from '../../../std/quoted.ts'
import type { Bytes, Ms } from '../../../std/units.ts'
import type { WatchEnd, WatchOptions } from '../api.ts'
import { splitLines } from './split-lines.ts'

/** How a stream is read. */
export interface Pacing {
  readonly clock: Clock
  /** Events that come this close after one another are read together: what each wakes costs more than what it says. 0 reads each. */
  readonly breath: Ms
}

/**
 * Reads a watch to its end. A line that is not JSON is told as `undefined`: something was said that cannot be known.
 *
 * @param open asks for the stream; until its head is there, silence counts too.
 */
export async function readWatch(
  open: (signal: AbortSignal) => Promise<IncomingMessage>,
  onLine: (line: unknown) => void,
  { silence, signal, onOpen, clock, breath }: WatchOptions & Pacing,
): Promise<WatchEnd> {
  if (signal.aborted) return 'aborted'
  const quiet = new AbortController()
  let heardAt = clock.now()
  let timer: unknown
  const listen = (ms: number) => {
    timer = clock.setTimeout(() => {
      const left = heardAt + silence - clock.now()
      if (left > 0) listen(left)
      else quiet.abort()
    }, ms)
  }
  listen(silence)
  try {
    const answer = await open(AbortSignal.any([quiet.signal, signal]))
    heardAt = clock.now()
    onOpen?.()
    return await drain(answer, onLine, { clock, breath }, () => {
      heardAt = clock.now()
    })
  } catch (error) {
    if (signal.aborted) return 'aborted'
    if (quiet.signal.aborted) return 'silent'
    if (error instanceof Broken) return { broken: error.message }
    throw error
  } finally {
    clock.clearTimeout(timer)
  }
}

class Broken extends Error {}

/** Many changes at once are not held up. */
const longPiece: Bytes = 16 * 1024

/** Kept when the stream ended as it should; broken with {@link Broken} when the connection was, else with what `onLine` threw. */
function drain(
  answer: IncomingMessage,
  onLine: (line: unknown) => void,
  { clock, breath }: Pacing,
  onHeard: () => void,
): Promise<'closed'> {
  const { promise, resolve, reject } = Promise.withResolvers<'closed'>()
  const take = splitLines((line) => onLine(parse(line)))
  let readAt = Number.NEGATIVE_INFINITY
  answer.on('data', (chunk: Buffer) => {
    const now = clock.now()
    if (now - readAt < breath && chunk.length < longPiece) {
      answer.pause()
      clock.setTimeout(() => answer.resume(), breath)
    }
    readAt = now
    onHeard()
    try {
      take(chunk)
    } catch (error) {
      reject(error instanceof RangeError ? new Broken(error.message) : error)
      answer.destroy()
    }
  })
  answer.on('end', () => resolve('closed'))
  answer.on('error', (error) => reject(new Broken(causeOf(error))))
  answer.on('close', () => reject(new Broken(tooSoon)))
  return promise
}

const tooSoon = 'closed in mid answer'

/** Node calls an answer that ended too soon "aborted". */
function causeOf({ message }: Error): string {
  return message === 'aborted' ? tooSoon : quoted(message, 160)
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString())
  } catch {
    return undefined
  }
}
