import type { TimerWheel } from '../std/timer-wheel.ts'
import type { Ms } from '../std/units.ts'
import type { Dialer } from './dial.ts'

/** What a connection to an endpoint needs of the process around it. */
export interface UpstreamDeps {
  readonly wheel: TimerWheel
  readonly now: () => Ms
  readonly dialer: Dialer
  readonly onConnected: (series: number, ms: number) => void
  readonly onConnectFailed: (series: number) => void
}
