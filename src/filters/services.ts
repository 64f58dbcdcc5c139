import type { Concurrency } from '../limits/concurrency/permits.ts'
import type { Limiter } from '../limits/limiter.ts'
import type { AuthVerdict, VerdictReuse } from '../model/auth-verdict.ts'
import type { ConcurrencyVerdict, LimitVerdict } from '../model/limit-verdict.ts'
import type { ApiKeyMaterial, MaterialId, UserMaterial } from '../model/material.ts'
import type { Clock } from '../std/clock.ts'
import type { JwtRuntime } from './jwt/jwt-runtime.ts'
import type { PasswordChecker } from './passwords/password-checker.ts'
import type { BadCost } from './rate-limit-cost.ts'
import type { Ask } from './subrequest.ts'
import type { VerdictMemory } from './verdicts/verdict-memory.ts'

/** Where rate limits count what they decide. Rows come from configuration, never from a request. */
export interface LimitCounts {
  /** The row of a route, asked for once. */
  row(route: string): number
  count(row: number, verdict: LimitVerdict): void
  /** A rule in shadow would have refused a request. @param rule in words. */
  onShadow(route: string, rule: string): void
  /** A response said a cost that was not taken as it was. */
  onBadCost(route: string, rule: string, why: BadCost): void
}

/** Where limits of concurrency count what they decide: as rate limits do. */
export interface ConcurrencyCounts extends Pick<LimitCounts, 'row' | 'onShadow'> {
  count(row: number, verdict: ConcurrencyVerdict): void
}

/** Where verdicts of servers that are asked are counted. */
export interface VerdictCounts {
  /** The row of the cluster that is asked, asked for once. */
  row(cluster: string): number
  decided(row: number, verdict: AuthVerdict): void
  reused(row: number, how: VerdictReuse): void
}

/** What filters run with, besides their configuration: one set for each process that carries traffic. */
export interface FilterServices {
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** Keys of issuers and tokens that were verified, for all routes together. */
  readonly jwt: JwtRuntime
  /** Asks a cluster something before the request may go on. */
  readonly ask: Ask
  /** Verdicts of servers that were asked, for all routes together. */
  readonly verdicts: VerdictMemory
  readonly verdictCounts: VerdictCounts
  /** Decides over requests of rate limits, for all routes together. */
  readonly limiter: Limiter
  readonly limits: LimitCounts
  /** Counts requests in flight, for all routes together. */
  readonly concurrency: Concurrency
  readonly concurrencyCounts: ConcurrencyCounts
  readonly materials: FilterMaterials
  /** Checks passwords for all routes together. */
  readonly passwords: Pick<PasswordChecker, 'check'>
}

/** What nobody may read by accident, by the id in the model; `undefined` for what is not there: whoever asks fails closed. */
export interface FilterMaterials {
  users(id: MaterialId): UserMaterial | undefined
  apiKeys(id: MaterialId): ApiKeyMaterial | undefined
}
