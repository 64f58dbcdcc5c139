import type { ExtensionFailure } from '../../extend/call.ts'
import type { Reason } from '../../model/reasons.ts'

const reasons = {
  threw: 'extension_failed',
  died: 'extension_failed',
  blocked: 'extension_blocked',
  stopped: 'extension_unavailable',
} as const satisfies Record<ExtensionFailure, Reason>

/** The reason of a request that extensions did not carry through. */
export function reasonOfFailure(why: ExtensionFailure): Reason {
  return reasons[why]
}
