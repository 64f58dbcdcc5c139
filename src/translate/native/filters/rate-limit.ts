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
  overriddenRule,
} from '../../schema/filters/rate-limit.ts'
import { usualBurst } from '../../schema/filters/rate-overrides.ts'
import type { FilterFiles } from '../filter-files.ts'
import { keyParts } from './limit-key.ts'
import { rateOverrides } from './rate-overrides.ts'

/** A rate limit as the model has it. */
export function rateLimitSpec(native: NativeRateLimit, files: FilterFiles): RateLimit {
  const rules = isList(native) ? native : [native]
  return { rules: rules.map((rule) => ruleOf(rule, files)) }
}

function isList(native: NativeRateLimit): native is readonly NativeRateRule[] {
  return Array.isArray(native)
}

function ruleOf(native: NativeRateRule, files: FilterFiles): RateRule {
  const { rate, quota, burst, cost, key, except, name, overrides, ...rest } = native
  const amount = amountOf({ rate, quota, burst })
  return {
    name,
    key: keyParts(key),
    ...rest,
    ...amount,
    cost: firstCost(cost),
    laterCost: typeof cost === 'number' ? undefined : laterCostOf(cost, amount),
    overrides: rateOverrides(overrides, overriddenRule(native), files),
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
