import type { LimitRule } from './limit-rule.ts'

/** How many requests of a subject may be in flight at a time, until the last byte of each, tunnels included. */
export interface ConcurrencyRule extends LimitRule {
  readonly limit: number
  /** Where they are counted: in the gateway alone, or in the Redis that replicas share; `default` takes that if there is one. */
  readonly store: 'memory' | 'redis' | 'default'
}
