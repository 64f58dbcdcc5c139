import { connect, type Socket } from 'node:net'
import { errorName, preface, frameType as type } from '../../src/wire/h2/protocol.ts'
import { type Frame, frame, parseFrames } from '../support/h2-frames.ts'
import type { Steps } from './frame-steps.ts'

/** What a server made of a connection. */
export interface Verdict {
  /** `open`: it still answers; `left`: it closed without an error code; `error`: with one; `silent`: it hangs. */
  readonly connection: 'open' | 'left' | 'error' | 'silent'
  /** The name of the code of its GOAWAY; empty without one. */
  readonly code: string
  /** Streams that it reset, with the code; but for NO_ERROR, by which a server ends what it has answered (RFC 9113 §8.1). */
  readonly resets: ReadonlyMap<number, string>
}

/** A server that neither answers nor closes by then hangs. */
const patienceMs = 5000
const barrier = Buffer.from('barrier!')
const goodbye = Buffer.from('goodbye!')

/** Sends the steps on a new connection, then PINGs, and gathers what comes until the second one is answered, or the end. */
export function verdictOf(port: number, steps: Steps): Promise<Verdict> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const frames: Frame[] = []
  let rest: Buffer = Buffer.alloc(0)
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish('silent'), patienceMs)
    const finish = (how: 'acknowledged' | 'ended' | 'silent'): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(judged(frames, how))
    }
    socket.on('data', (data: Buffer) => {
      const parsed = parseFrames(Buffer.concat([rest, data]))
      rest = Buffer.from(parsed.rest)
      for (const one of parsed.frames) {
        frames.push(one)
        if (isAck(one, barrier)) socket.write(frame(type.ping, 0, 0, goodbye))
        if (isAck(one, goodbye)) finish('acknowledged')
      }
    })
    // Some reset the connection behind their GOAWAY.
    socket.on('error', () => finish('ended'))
    socket.on('close', () => finish('ended'))
    begin(socket, steps)
  })
}

function begin(socket: Socket, steps: Steps): void {
  const all = [Buffer.from(preface), frame(type.settings, 0, 0), ...steps, frame(type.ping, 0, 0, barrier)]
  socket.write(Buffer.concat(all))
}

function isAck({ type: kind, flags, payload }: Frame, text: Buffer): boolean {
  return kind === type.ping && flags === 1 && payload.equals(text)
}

function judged(frames: readonly Frame[], how: 'acknowledged' | 'ended' | 'silent'): Verdict {
  const last = frames.findLast((one) => one.type === type.goaway)
  const code = last === undefined ? '' : errorName(last.payload.readUInt32BE(4))
  const resets = new Map<number, string>()
  for (const { type: kind, id, payload } of frames) {
    if (kind !== type.resetStream) continue
    const reset = errorName(payload.readUInt32BE(0))
    if (reset !== 'NO_ERROR') resets.set(id, reset)
  }
  return { connection: ending(code, how), code, resets }
}

function ending(code: string, how: 'acknowledged' | 'ended' | 'silent'): Verdict['connection'] {
  if (code !== '' && code !== 'NO_ERROR') return 'error'
  return ({ acknowledged: 'open', ended: 'left', silent: 'silent' } as const)[how]
}
