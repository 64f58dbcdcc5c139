import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'
import type { Listener } from './listener.ts'
import type { Traffic } from './traffic.ts'
import { goodbyeMs } from './upgrade/leave-tunnel.ts'
import { planLeaving } from './upgrade/plan-leaving.ts'

export interface DrainOptions {
  /** Goes on accepting for so long, while load balancers learn that we leave. */
  readonly delayMs: Ms
  /** After so long from the start, whatever is left is cut. */
  readonly timeoutMs: Ms
  /** Websockets are closed one by one over so long, once accepting has ended; the timeout when it is absent. */
  readonly websocketsMs?: Ms
}

/** How often what is left is looked at. */
const lookMs: Ms = 50

/** A connection without a request for so long is closed; before that, one may be on its way. */
const idleMs: Ms = 1000

/**
 * Ends the traffic of a process: answers carry `connection: close` from now on; after the delay the accept queues are
 * emptied and closed; connections end after their next answer (those of HTTP/2 are told to go), or when they have been idle for
 * a second, and websockets are closed one by one.
 */
export async function drain(
  traffic: Traffic,
  listeners: readonly Listener[],
  options: DrainOptions,
): Promise<void> {
  const { clock } = traffic
  const end = clock.now() + options.timeoutMs
  traffic.draining = true
  if (options.delayMs > 0) await wait(clock, Math.min(options.delayMs, options.timeoutMs))
  await emptyQueues(traffic)
  for (const listener of listeners) listener.unlisten()
  for (const listener of listeners) for (const busy of listener.connections) if (!busy.idle) busy.close()

  const idleAt = clock.now() + idleMs
  const goodbyesUntil = Math.min(clock.now() + (options.websocketsMs ?? options.timeoutMs), end - goodbyeMs)
  while (count(listeners) > 0 && clock.now() < end) {
    planLeaving(traffic, Math.max(0, goodbyesUntil - clock.now()))
    if (clock.now() >= idleAt) closeIdle(listeners)
    await wait(clock, lookMs)
  }
  for (const listener of listeners) for (const connection of listener.connections) connection.destroy()
}

/** Lets the event loop accept until a turn brings nothing new; what waits in the queue has been told it is connected. */
async function emptyQueues(traffic: Traffic): Promise<void> {
  for (let quiet = 0, turns = 0; quiet < 2 && turns < 1000; turns++) {
    const before = traffic.accepted
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    quiet = traffic.accepted === before ? quiet + 1 : 0
  }
}

function closeIdle(listeners: readonly Listener[]): void {
  for (const listener of listeners) {
    for (const connection of listener.connections) if (connection.idle) connection.close()
  }
}

function count(listeners: readonly Listener[]): number {
  return listeners.reduce((sum, listener) => sum + listener.connections.size, 0)
}

function wait(clock: Clock, ms: Ms): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, ms)
  })
}
