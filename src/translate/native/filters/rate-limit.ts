import type { KeyPart, LaterCost, RateLimit, RateRule } from '../../../model/filters/rate-limit.ts'
import { unreachable } from '../../../std/assert.ts'
import {
  firstCost,
  type NativeKeyPart,
  type NativeLaterCost,
  type NativeRateKey,
  type NativeRateLimit,
  type NativeRateRule,
  usualBurst,
} from '../../schema/filters/rate-limit.ts'

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

function keyParts(key: NativeRateKey): readonly KeyPart[] {
  if (key === 'everyone') return []
  return isSeveral(key) ? key.map(keyPart) : [keyPart(key)]
}

function isSeveral(key: NativeRateKey): key is readonly NativeKeyPart[] {
  return Array.isArray(key)
}

function keyPart(part: NativeKeyPart): KeyPart {
  if (typeof part === 'string') return { kind: part }
  const { header, cookie, query, claim } = part
  if (header !== undefined) return { kind: 'header', name: header }
  if (cookie !== undefined) return { kind: 'cookie', name: cookie }
  if (query !== undefined) return { kind: 'query', name: query }
  return claim === undefined ? unreachable(claim as never) : { kind: 'claim', name: claim }
}
