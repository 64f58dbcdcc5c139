import type { Reason } from '../../model/reasons.ts'
import type { Ms } from '../../std/units.ts'
import { armPhase } from '../deadline.ts'
import type { Exchange } from '../exchange.ts'
import type { Traffic } from '../traffic.ts'

/** How far apart the websockets of a listener that is gone are closed: a hundred a second. */
const apartMs: Ms = 10

/**
 * Plans the ends of websockets that go on: each is closed at a moment of its own, spread evenly from now over a time, so that
 * their clients do not come back together. One that is planned already keeps its moment. Other upgrades know no close that
 * their peers would understand: they go on until they are cut.
 */
export function planLeaving(traffic: Traffic, overMs: Ms): void {
  const leaving = [...traffic.tunnels].filter(isUnplanned)
  for (const [i, exchange] of leaving.entries()) plan(exchange, (overMs * i) / leaving.length)
}

/** The same for those that came by one listener. */
export function planListenerLeaving(traffic: Traffic, listener: string): void {
  const leaving = [...traffic.tunnels].filter((e) => e.listener === listener && isUnplanned(e))
  for (const [i, exchange] of leaving.entries()) plan(exchange, i * apartMs)
}

const reason: Reason = 'draining'

function isUnplanned({ upgrade }: Exchange): boolean {
  return upgrade?.down !== undefined && !upgrade.planned && upgrade.leaving === 'no'
}

function plan(exchange: Exchange, inMs: Ms): void {
  const { upgrade, traffic } = exchange
  if (upgrade === undefined) return
  upgrade.planned = true
  const at = traffic.wheel.now + inMs
  if (at >= exchange.totalAt) return
  upgrade.endReason = reason
  exchange.totalAt = at
  armPhase(exchange, upgrade.quietMs)
}
