import { downstreamReasons } from './reasons-downstream.ts'
import { gatewayReasons } from './reasons-gateway.ts'
import { upstreamReasons } from './reasons-upstream.ts'

export type { Side } from './reason-facts.ts'

/**
 * Every reason for which the gateway answers itself or gives up, by its stable code: access log, metric label,
 * `docs/reference/reasons.md`. Statuses are in `proxy/rescue.ts` alone.
 */
export const reasons = { ...downstreamReasons, ...gatewayReasons, ...upstreamReasons } as const

/** A stable, documented code. */
export type Reason = keyof typeof reasons
