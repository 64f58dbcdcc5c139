import type { Reason } from '../../model/reasons.ts'
import type { UpgradeRules } from '../../model/route.ts'
import type { Bytes, Ms } from '../../std/units.ts'
import { FrameTracker } from '../../wire/websocket/frame-tracker.ts'
import type { FrameGate } from './frame-gate.ts'

/**
 * How far a websocket's end is that we want: `due` waits for a place between two frames of the endpoint, `said` has told the
 * client, `ended` has sent the last byte to both sides.
 */
export type Leaving = 'no' | 'due' | 'said' | 'ended'

/** What a request becomes that asks to leave HTTP: first the question, then the tunnel. Its exchange has it from `askUpgrade` on. */
export class Upgrade {
  /** Lower case, as `Upgrade` says it. */
  readonly protocol: string
  /** What the endpoint's `sec-websocket-accept` answers; ours where the client's protocol has none, `""` for other protocols. */
  readonly key: string
  readonly rules: UpgradeRules
  /** The endpoint has agreed: bytes pass both ways. */
  open = false
  /** The frames of the client and of the endpoint; `undefined` for what is no websocket. */
  readonly up: FrameTracker | undefined
  readonly down: FrameTracker | undefined
  /** Reads the frames, where the route asks for it. */
  gate: FrameGate | undefined = undefined
  bytesUp: Bytes = 0
  /** A byte passed, either way. */
  heardAt: Ms = 0
  /** How long nothing may pass before something has to be done. */
  quietMs: Ms = Number.POSITIVE_INFINITY
  clientEnded = false
  upstreamEnded = false
  leaving: Leaving = 'no'
  /** Why it ends when its time is over. */
  endReason: Reason = 'tunnel_age'
  /** Its end has been planned with those of all others. */
  planned = false

  constructor(protocol: string, key: string, rules: UpgradeRules) {
    const isWebsocket = protocol === 'websocket'
    this.protocol = protocol
    this.key = key
    this.rules = rules
    this.up = isWebsocket ? new FrameTracker() : undefined
    this.down = isWebsocket ? new FrameTracker() : undefined
  }
}
