import type { Bytes } from '../../std/units.ts'
import type { SessionCore } from './core.ts'
import { ByteWriter } from './hpack/byte-writer.ts'
import { copiedBytes } from './output.ts'
import { errorCode, flag, frameType, mostPayload } from './protocol.ts'
import type { H2Stream } from './stream.ts'

/** So much DATA goes into one write; the rest waits in the queues of the streams, where it is fair. */
export const outputBytes: Bytes = 128 * 1024

/** A DATA frame smaller than this, because the peer opened its window by so little, earns it nothing. */
const crumbBytes: Bytes = 1024
const mostControlsOwed = 10_000

/** Where header blocks are written before their length is known. */
const block = new ByteWriter(4096)

/** The empty writer for a header block that is sent next. */
export function newBlock(): ByteWriter {
  block.reset()
  return block
}

/** Sends the block that was just written, in as many frames as it takes. */
export function sendBlock<Owner>(core: SessionCore<Owner>, id: number, flags: number): void {
  const { output } = core
  const first = Math.min(block.length, mostPayload)
  const isWhole = first === block.length
  output.frame(frameType.headers, isWhole ? flags | flag.endHeaders : flags, id, first)
  if (isWhole) output.endable(id)
  output.copy(block.bytes, 0, first)
  for (let at = first; at < block.length; ) {
    const size = Math.min(block.length - at, mostPayload)
    const last = at + size === block.length
    output.frame(frameType.continuation, last ? flag.endHeaders : 0, id, size)
    output.copy(block.bytes, at, at + size)
    at += size
  }
}

/** Sends what windows and output take now; a copy of the rest is queued. */
export function sendData<Owner>(
  core: SessionCore<Owner>,
  stream: H2Stream<Owner>,
  buffer: Buffer,
  start: number,
  end: number,
  borrowed: boolean,
): void {
  if (stream.closed || stream.localEnded || stream.endQueued) return
  let at = start
  if (stream.queued === 0 && core.ready.empty && !core.congested) {
    while (at < end && core.output.bytes < outputBytes) {
      const size = Math.min(end - at, mostPayload, stream.sendWindow, core.sendWindow)
      if (size <= 0) break
      sendFrame(core, stream, size)
      if (borrowed || size < copiedBytes) core.output.copy(buffer, at, at + size)
      else core.output.refer(buffer, at, at + size, 'theirs')
      at += size
    }
  }
  if (at === end) return
  stream.queue.push(buffer, at, end)
  core.queued += end - at
  markReady(core, stream)
}

/** Ends what we send on a stream, behind what is queued. @param trailers field lines, `""` for none. */
export function sendEnd<Owner>(core: SessionCore<Owner>, stream: H2Stream<Owner>, trailers: string): void {
  if (stream.closed || stream.localEnded || stream.endQueued) return
  stream.endQueued = true
  stream.trailers = trailers
  if (stream.queued === 0) emitEnd(core, stream)
}

/** The rest of what the peer sends is not wanted; what we send goes out to its end. RFC 9113 §8.1. */
export function dismiss<Owner>(core: SessionCore<Owner>, stream: H2Stream<Owner>): void {
  if (stream.closed || stream.remoteEnded) return
  stream.unwanted = true
  if (stream.localEnded) core.breakOff(stream, errorCode.noError)
}

/** A stream whose window opened, or whose queue is no longer empty, takes its turn. */
export function markReady<Owner>(core: SessionCore<Owner>, stream: H2Stream<Owner>): void {
  if (stream.queued > 0 && stream.sendWindow > 0) core.ready.add(stream)
}

/** Moves queued DATA to the output, a frame of each stream in turn, as far as windows and output go. */
export function pump<Owner>(core: SessionCore<Owner>): void {
  const { ready, output } = core
  for (let stream = ready.first; stream !== undefined; stream = ready.first) {
    if (core.sendWindow <= 0 || output.bytes >= outputBytes) return
    sendQueued(core, stream)
    if (stream.queued === 0 || stream.sendWindow <= 0) ready.remove(stream)
    else ready.turn()
    if (stream.queued === 0) drained(core, stream)
  }
}

function sendQueued<Owner>(core: SessionCore<Owner>, stream: H2Stream<Owner>): void {
  const { queue } = stream
  const size = Math.min(queue.frontBytes, mostPayload, stream.sendWindow, core.sendWindow)
  const { frontBuffer, frontStart } = queue
  sendFrame(core, stream, size)
  if (size < copiedBytes) core.output.copy(frontBuffer, frontStart, frontStart + size)
  else core.output.refer(frontBuffer, frontStart, frontStart + size, 'ours')
  queue.drop(size)
  core.queued -= size
}

function drained<Owner>(core: SessionCore<Owner>, stream: H2Stream<Owner>): void {
  if (stream.endQueued) emitEnd(core, stream)
  if (!stream.awaitsDrain || stream.closed) return
  stream.awaitsDrain = false
  core.events.onDrained(stream)
}

/** Begins a DATA frame, and takes it from the windows. */
function sendFrame<Owner>(core: SessionCore<Owner>, stream: H2Stream<Owner>, size: number): void {
  core.output.frame(frameType.data, 0, stream.id, size)
  core.output.endable(stream.id)
  core.sendWindow -= size
  stream.sendWindow -= size
  stream.sent += size
  if (size >= crumbBytes || (stream.sendWindow > 0 && core.sendWindow > 0))
    oweControls(core, controlsForFrame)
}

/** A WINDOW_UPDATE for the stream, one for the connection, and a PING of those who measure the way (gRPC does), with some to spare. */
const controlsForFrame = 4

/** The peer may send so many more WINDOW_UPDATE and PING frames before they count as control frames. */
export function oweControls<Owner>(core: SessionCore<Owner>, count: number): void {
  core.controlsOwed = Math.min(core.controlsOwed + count, mostControlsOwed)
}

function emitEnd<Owner>(core: SessionCore<Owner>, stream: H2Stream<Owner>): void {
  stream.localEnded = true
  if (stream.trailers !== '') {
    core.encoder.trailers(stream.trailers, newBlock())
    sendBlock(core, stream.id, flag.endStream)
  } else if (!core.output.markEnd(stream.id)) {
    core.output.frame(frameType.data, flag.endStream, stream.id, 0)
  }
  if (stream.remoteEnded) core.forget(stream)
  else if (stream.unwanted) core.breakOff(stream, errorCode.noError)
}
