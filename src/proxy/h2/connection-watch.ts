import type { Socket } from 'node:net'
import type { ListenerLimits } from '../../model/listener.ts'
import type { Ms } from '../../std/units.ts'
import type { H2Session } from '../../wire/h2/session.ts'
import { unsentBytes } from '../h1/unsent.ts'

const never = Number.POSITIVE_INFINITY

/** How long the client may take to acknowledge our settings. */
const settingsMs: Ms = 10_000

/** How long the answer to the announcement that we leave is waited for, before the last stream is named. */
const drainMs: Ms = 2000

/** Why a connection must end, or what it must do next. */
export type Overdue = 'head' | 'settings' | 'write' | 'idle' | 'drain'

/** The times of one connection that are not a stream's. */
export class ConnectionWatch<Owner> {
  readonly #session: H2Session<Owner>
  readonly #socket: Socket
  #waitingSince: Ms
  #waitsFor = 0
  #idleSince: Ms = never
  #drainSince: Ms = never
  #writingSince: Ms = never
  #unsent = 0

  constructor(session: H2Session<Owner>, socket: Socket, now: Ms) {
    this.#session = session
    this.#socket = socket
    this.#waitingSince = now
    this.#waitsFor = session.waitsFor
  }

  /** Looks at what has changed. @returns when to ask for `overdue`. */
  look(now: Ms, limits: ListenerLimits): Ms {
    const session = this.#session
    if (!session.waiting) this.#waitingSince = never
    else if (this.#waitingSince === never || this.#waitsFor !== session.waitsFor) {
      this.#waitingSince = now
      this.#waitsFor = session.waitsFor
    }
    this.#idleSince = session.streams.size === 0 ? Math.min(this.#idleSince, now) : never
    this.#drainSince = session.draining === 'said' ? Math.min(this.#drainSince, now) : never
    if (this.#socket.writableLength === 0) this.#writingSince = never
    else if (this.#writingSince === never) this.#startWrite(now)
    return Math.min(
      due(this.#waitingSince, limits.requestHeadTimeout),
      due(this.#idleSince, limits.keepAliveIdle),
      due(this.#writingSince, limits.writeStall),
      session.unackedSince + settingsMs,
      this.#drainSince + drainMs,
    )
  }

  /** What has taken too long; `undefined` while all is well. Call it behind `look`. */
  overdue(now: Ms, limits: ListenerLimits): Overdue | undefined {
    if (now >= due(this.#waitingSince, limits.requestHeadTimeout)) return 'head'
    if (now >= this.#session.unackedSince + settingsMs) return 'settings'
    if (now >= due(this.#writingSince, limits.writeStall)) {
      if (unsentBytes(this.#socket) >= this.#unsent) return 'write'
      this.#startWrite(now)
    }
    if (now >= due(this.#idleSince, limits.keepAliveIdle)) return 'idle'
    return now >= this.#drainSince + drainMs ? 'drain' : undefined
  }

  #startWrite(now: Ms): void {
    this.#writingSince = now
    this.#unsent = unsentBytes(this.#socket)
  }
}

function due(since: Ms, limit: Ms): Ms {
  return limit === 0 ? never : since + limit
}
