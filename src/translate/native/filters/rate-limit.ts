import type { LaterCost, RateLimit, RateRule } from '../../../model/filters/rate-limit.ts'
import {
  firstCost,
  type NativeLaterCost,
  type NativeRateLimit,
  type NativeRateRule,
  usualBurst,
} from '../../schema/filters/rate-limit.ts'
import { keyParts } from './limit-key.ts'

/** A rate limit as the model has it. */
export function rateLimitSpec(native: NativeRateLimit): RateLimit {
  return { rules: isList(native) ? native.map(ruleOf) : [ruleOf(native)] }
}

function isList(native: NativeRateLimit): native is readonly NativeRateRule[] {
  return Array.isArray(native)
}

function ruleOf(native: NativeRateRule): RateRule {
  const { rate, burst = usualBurst(rate), cost, key, except, name, ...rest } = native
  return {
    name,
    key: keyParts(key),
    ...rest,
    kind: 'rate',
    rate: rate.rate,
    per: rate.per,
    burst,
    cost: firstCost(cost),
    laterCost: typeof cost === 'number' ? undefined : laterCostOf(cost, burst + 1),
    exceptClients: except,
  }
}

/** @param whole what the limit admits at once. */
function laterCostOf({ responseHeader, most, clients }: NativeLaterCost, whole: number): LaterCost {
  return { header: responseHeader, most: most ?? whole, clients }
}
