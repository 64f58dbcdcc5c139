import { replayBytes } from '../../model/cluster.ts'
import { armPhase } from '../deadline.ts'
import type { Exchange } from '../exchange.ts'
import { finish } from '../finish.ts'
import type { Flushed } from '../flushed.ts'
import { keepPart } from '../keep-part.ts'
import { settleTunnel } from '../retry.ts'
import { sayGoodbye } from './leave-tunnel.ts'
import type { Upgrade } from './upgrade.ts'

/** Bytes have come from the client of a tunnel, open or not. The caller flushes what goes upstream. */
export function tunnelUp(
  exchange: Exchange,
  upgrade: Upgrade,
  buffer: Buffer,
  start: number,
  end: number,
  borrowed: boolean,
): void {
  if (!upgrade.open) return keepEarly(exchange, buffer, start, end)
  upgrade.bytesUp += end - start
  upgrade.heardAt = exchange.traffic.wheel.now
  armPhase(exchange, upgrade.quietMs)
  if (upgrade.leaving === 'ended') return
  if (upgrade.gate !== undefined) return upgrade.gate.up(exchange, upgrade, { buffer, start, end, borrowed })
  upgrade.up?.push(buffer, start, end)
  exchange.connection?.sendBody(buffer, start, end, borrowed)
}

/** Bytes have come from the endpoint of an open tunnel. The caller flushes what goes to the client. */
export function tunnelDown(
  exchange: Exchange,
  upgrade: Upgrade,
  buffer: Buffer,
  start: number,
  end: number,
  borrowed: boolean,
): void {
  exchange.responseBytes += end - start
  upgrade.heardAt = exchange.traffic.wheel.now
  armPhase(exchange, upgrade.quietMs)
  if (upgrade.leaving !== 'no') return downWhileLeaving(exchange, upgrade, buffer, start, end, borrowed)
  if (upgrade.gate !== undefined)
    return upgrade.gate.down(exchange, upgrade, { buffer, start, end, borrowed })
  upgrade.down?.push(buffer, start, end)
  exchange.sink?.sendData(buffer, start, end, borrowed)
}

/** The client has sent its last byte. */
export function tunnelUpEnd(exchange: Exchange, upgrade: Upgrade): void {
  if (upgrade.clientEnded) return
  upgrade.clientEnded = true
  if (!upgrade.open) return
  exchange.requestComplete = true
  if (upgrade.leaving !== 'ended') exchange.connection?.sendEnd('')
  if (!exchange.reading) exchange.connection?.flush()
  if (upgrade.upstreamEnded) closeTunnel(exchange)
}

/** The endpoint has sent its last byte. */
export function tunnelDownEnd(exchange: Exchange, upgrade: Upgrade): Flushed {
  if (upgrade.upstreamEnded) return 'sent'
  upgrade.upstreamEnded = true
  if (upgrade.leaving !== 'ended') exchange.sink?.sendEnd('')
  const flushed = exchange.sink?.flush() ?? 'sent'
  if (upgrade.clientEnded) closeTunnel(exchange)
  return flushed
}

/** Both sides have ended, and each knows of the other's end. */
function closeTunnel(exchange: Exchange): void {
  settleTunnel(exchange)
  finish(exchange)
}

/** Bytes that come before the tunnel is open wait, as many as the socket of a slow endpoint would take; then the client does. */
function keepEarly(exchange: Exchange, buffer: Buffer, start: number, end: number): void {
  keepPart(exchange, buffer, start, end)
  if (exchange.keptBytes >= replayBytes) exchange.source?.pauseBody()
}

/** The frame under way passes to its end; the next is the last. */
function downWhileLeaving(
  exchange: Exchange,
  upgrade: Upgrade,
  buffer: Buffer,
  start: number,
  end: number,
  borrowed: boolean,
): void {
  const { down } = upgrade
  if (upgrade.leaving !== 'due' || down === undefined) return
  const held = upgrade.gate?.letGo()
  if (held !== undefined) exchange.sink?.sendData(held, 0, held.length, false)
  let at = start
  while (at < end && !down.atBoundary) at = down.step(buffer, at, end)
  if (at > start) exchange.sink?.sendData(buffer, start, at, borrowed)
  if (down.atBoundary) sayGoodbye(exchange, upgrade)
}
