import type { SessionCore } from './core.ts'
import { errorCode, flag, frameType, mostWindow } from './protocol.ts'
import { markReady } from './send.ts'
import type { H2Stream } from './stream.ts'

/** Takes the payload of a SETTINGS frame. RFC 9113 §6.5. */
export function onSettings<Owner>(
  core: SessionCore<Owner>,
  flags: number,
  buffer: Buffer,
  start: number,
  end: number,
): void {
  if ((flags & flag.ack) !== 0) {
    core.unackedSince = Number.POSITIVE_INFINITY
    core.acked = true
    return
  }
  if (!core.countControl('SETTINGS')) return
  const { peer } = core
  const { streamWindow, headerTable } = peer
  const code = peer.read(buffer, start, end, core.role)
  if (code !== errorCode.noError) return core.fatal(code, 'bad value in SETTINGS')
  if (peer.headerTable !== headerTable) core.encoder.setPeerTable(peer.headerTable)
  if (!moveWindows(core, peer.streamWindow - streamWindow)) {
    return core.fatal(errorCode.flowControlError, 'SETTINGS make a window too large')
  }
  core.control(frameType.settings, flag.ack, 0, 0)
  core.events.onSettings()
}

/** The windows of live streams follow the setting, below 0 if need be. RFC 9113 §6.9.2. */
function moveWindows<Owner>(core: SessionCore<Owner>, by: number): boolean {
  if (by === 0) return true
  for (const stream of core.streams.values()) {
    stream.sendWindow += by
    if (stream.sendWindow > mostWindow) return false
    if (stream.sendWindow > 0) markReady(core, stream)
    else core.ready.remove(stream)
  }
  return true
}

/** RFC 9113 §6.9. */
export function onWindowUpdate<Owner>(
  core: SessionCore<Owner>,
  id: number,
  buffer: Buffer,
  start: number,
): void {
  const bytes = buffer.readUInt32BE(start) & mostWindow
  if (!core.countAnswer('WINDOW_UPDATE')) return
  if (id === 0) return openConnection(core, bytes)
  const stream = core.streams.get(id)
  if (stream !== undefined) openStream(core, stream, bytes)
  else if (core.isIdle(id)) core.fatal(errorCode.protocolError, 'WINDOW_UPDATE on an idle stream')
}

function openConnection<Owner>(core: SessionCore<Owner>, bytes: number): void {
  if (bytes === 0) return core.fatal(errorCode.protocolError, 'WINDOW_UPDATE by 0')
  core.sendWindow += bytes
  if (core.sendWindow > mostWindow)
    core.fatal(errorCode.flowControlError, 'the connection window is too large')
}

function openStream<Owner>(core: SessionCore<Owner>, stream: H2Stream<Owner>, bytes: number): void {
  if (bytes === 0) return core.fail(stream, errorCode.protocolError, 'WINDOW_UPDATE by 0')
  stream.sendWindow += bytes
  if (stream.sendWindow > mostWindow)
    return core.fail(stream, errorCode.flowControlError, 'the stream window is too large')
  markReady(core, stream)
}

/** RFC 9113 §6.4. Every reset counts, because each may have cost us a request. */
export function onResetStream<Owner>(
  core: SessionCore<Owner>,
  id: number,
  buffer: Buffer,
  start: number,
): void {
  if (core.isIdle(id)) return core.fatal(errorCode.protocolError, 'RST_STREAM on an idle stream')
  const code = buffer.readUInt32BE(start)
  const stream = core.streams.get(id)
  if (stream !== undefined) {
    core.past.reset(id, 'peer')
    endByPeer(core, stream, code, '')
  }
  if (core.role === 'server' && !core.dead) core.countReset()
}

function endByPeer<Owner>(
  core: SessionCore<Owner>,
  stream: H2Stream<Owner>,
  code: number,
  detail: string,
): void {
  stream.resetBy = 'peer'
  if (code === errorCode.refusedStream) stream.unprocessed = true
  core.forget(stream)
  core.events.onReset(stream, code, detail)
}

/** The payload of what we ping with; the answer to the other one ends a drain. */
const pingMark = 0x74_69_64_65
export const plainPing = 1
export const drainPing = 2

export function sendPing<Owner>(core: SessionCore<Owner>, what: number): void {
  core.control(frameType.ping, 0, 0, 8)
  core.output.u32(pingMark)
  core.output.u32(what)
}

/** @returns which of our pings was answered; 0 when none was. RFC 9113 §6.7. */
export function onPing<Owner>(
  core: SessionCore<Owner>,
  flags: number,
  buffer: Buffer,
  start: number,
): number {
  if (!core.countAnswer('PING')) return 0
  if ((flags & flag.ack) !== 0) {
    return buffer.readUInt32BE(start) === pingMark ? buffer.readUInt32BE(start + 4) : 0
  }
  core.control(frameType.ping, flag.ack, 0, 8)
  core.output.copy(buffer, start, start + 8)
  return 0
}

/** RFC 9113 §6.8. Of a server the last stream it takes; what lies above was not looked at. */
export function onGoaway<Owner>(core: SessionCore<Owner>, buffer: Buffer, start: number): void {
  if (!core.countControl('GOAWAY')) return
  const lastId = buffer.readUInt32BE(start) & mostWindow
  const code = buffer.readUInt32BE(start + 4)
  core.peerLeaves = true
  core.peerTakesUpTo = Math.min(core.peerTakesUpTo, lastId)
  if (core.role === 'client') {
    for (const stream of core.streams.values()) {
      if (stream.id <= lastId || stream.closed) continue
      endByPeer(core, stream, errorCode.refusedStream, 'not taken: the peer is leaving')
    }
  }
  core.events.onGoaway(lastId, code)
}

/** Read, judged and otherwise ignored. RFC 9113 §5.3.2, §6.3. */
export function onPriority<Owner>(core: SessionCore<Owner>, id: number, buffer: Buffer, start: number): void {
  if (!core.countControl('PRIORITY')) return
  if ((buffer.readUInt32BE(start) & mostWindow) !== id) return
  const stream = core.streams.get(id)
  if (stream !== undefined) core.fail(stream, errorCode.protocolError, 'stream depends on itself')
  else if (id > core.lastStream) core.fatal(errorCode.protocolError, 'idle stream depends on itself')
}
