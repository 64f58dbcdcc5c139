import type { ExtensionHost } from '../../extend/call.ts'
import { isExtension } from '../../model/filters/extension.ts'
import type { Retry, Route, UpgradeRules } from '../../model/route.ts'
import type { Ms } from '../../std/units.ts'
import type { Exchange } from '../exchange.ts'
import type { ExchangePool } from '../exchange-pool.ts'
import type { RouteRuntime } from '../route-runtime.ts'

export function hasExtensions({ filters }: Pick<Route, 'filters'>): boolean {
  return filters.some(isExtension)
}

/** What a route with extensions has in the place of a target. */
export interface ExtensionStage {
  readonly host: ExtensionHost
  /** The filters behind the extensions, and the target. */
  readonly behind: RouteRuntime
  /** Lends the exchanges that carry on what extensions let through. */
  readonly exchanges: ExchangePool
}

/** Carries an exchange on behind the extensions. */
export type CarryOn = (exchange: Exchange, behind: RouteRuntime) => void

/** Behind extensions, what stands still is found sooner than in front of them, so that its reason is the one that is told. */
const laterMs: Ms = 1000

/** Retries are made behind. */
const noRetry: Retry = Object.freeze({
  attempts: 0,
  on: [],
  methods: [],
  statuses: [],
  grpcStatuses: [],
  backoff: { base: 0, max: 0 },
  budget: { percent: 0, minimum: 0 },
})

/**
 * Divides a route at its extensions, which stand side by side. In front are the limits on what the client sends, the total time and
 * the filters before; behind are attempts and their times, the buffer and the filters after.
 */
export function divided(
  whole: RouteRuntime,
  host: ExtensionHost,
  exchanges: ExchangePool,
): RouteRuntime & { readonly extension: ExtensionStage } {
  const first = whole.filters.findIndex(isExtension)
  const last = whole.filters.findLastIndex(isExtension)
  const after = whole.filters.slice(last + 1)
  const behind: RouteRuntime = {
    ...whole,
    filters: after,
    ownNames: after.flatMap(({ ownNames }) => ownNames ?? []),
    bodyLimit: 0,
    upgrade: plainUpgrade(whole.upgrade),
  }
  return {
    ...whole,
    filters: whole.filters.slice(0, first),
    perTryMs: whole.perTryMs + laterMs,
    idleMs: whole.idleMs + laterMs,
    bufferBytes: 0,
    retry: noRetry,
    extension: { host, behind, exchanges },
  }
}

/** Times and frames of a tunnel are looked at in front. */
function plainUpgrade({ protocols }: UpgradeRules): UpgradeRules {
  return { protocols, httpOrigins: [], idle: 0, age: 0, ping: 0, messageBytes: 0, messagesPerSecond: 0 }
}
