import {
  type Amount,
  type LaterCost,
  type RateLimit,
  type RateRule,
  wholeOf,
} from '../../../model/filters/rate-limit.ts'
import type { Rate } from '../../format/rate.ts'
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
  const { rate, quota, burst, cost, key, except, name, ...rest } = native
  const amount = amountOf({ rate, quota, burst })
  return {
    name,
    key: keyParts(key),
    ...rest,
    ...amount,
    cost: firstCost(cost),
    laterCost: typeof cost === 'number' ? undefined : laterCostOf(cost, amount),
    exceptClients: except,
  }
}

function amountOf({ rate, quota, burst }: WrittenAmount): Amount {
  if (quota !== undefined) return { kind: 'quota', ...quota, burst: 0 }
  if (rate === undefined) return noAmount
  return { kind: 'rate', ...rate, burst: burst ?? usualBurst(rate) }
}

/** Stands in the place of one that is missing or wrong, of a model that never comes to be. */
const noAmount: Amount = { kind: 'rate', rate: 1, per: 1000, burst: 0 }

interface WrittenAmount {
  readonly rate: Rate | undefined
  readonly quota: Rate | undefined
  readonly burst: number | undefined
}

function laterCostOf({ responseHeader, most, clients }: NativeLaterCost, amount: Amount): LaterCost {
  return { header: responseHeader, most: most ?? wholeOf(amount), clients }
}
