import type { Ms } from '../std/units.ts'
import type { ExtensionCall, ExtensionEvents, ExtensionFailure, ExtensionRequest } from './call.ts'
import type { StartFailure } from './start-failure.ts'

/** How long modules may take to give back what they hold. */
export const stopMs: Ms = 5_000

/** Extensions that were started once: they become ready or not, and end. What they tell comes after they were made. */
export interface Instance {
  open(request: ExtensionRequest, events: ExtensionEvents): ExtensionCall | undefined
  readonly openCalls: number
  /** Ends it; the requests in it have ended, or nobody waits for them any more. */
  stop(): void
  /** Settles when nothing of it is left. */
  readonly ended: Promise<void>
}

/** What becomes of an instance. */
export interface InstanceEvents {
  ready(): void
  /** It never became ready, and will not. */
  unstartable(failure: StartFailure): void
  /** It was ready, and ended by itself. */
  died(why: ExtensionFailure, detail: string): void
}
