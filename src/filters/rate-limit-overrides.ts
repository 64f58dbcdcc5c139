import { addressBlock } from '../http/address-block.ts'
import { utf8Bytes } from '../http/query.ts'
import type { Limit } from '../limits/limiter.ts'
import type { Amount, RateOverride, RateRule } from '../model/filters/rate-limit.ts'
import type { PathMatch } from '../model/match.ts'
import type { RequestDraft } from './filter.ts'
import { compileKey } from './rate-limit-key.ts'

/** The limit of a request, of those that have one of their own; `undefined` for all others. */
export type OwnLimitOf = (request: RequestDraft, subject: string) => Limit | undefined

export interface OverridesDeps {
  readonly match: PathMatch
  /** See `compileKey`. */
  readonly told: ReadonlySet<string> | undefined
  /** Makes a limit of the rule with another amount. */
  readonly limitOf: (amount: Amount) => Limit
}

/**
 * Limits of their own by the first part of the key: one look-up for a request. Those with equal amounts are one limit.
 * `undefined` where there are none.
 */
export function compileOverrides(
  spec: RateRule,
  { match, told, limitOf }: OverridesDeps,
): OwnLimitOf | undefined {
  const { overrides, key, prefix } = spec
  if (overrides.length === 0) return undefined
  const limits = new Map<string, Limit>()
  const byName = new Map<string, OwnLimit>()
  for (const override of overrides)
    byName.set(asRequestsHaveIt(override.name, spec), { override, limit: undefined })

  // Most of thousands are asked for never, and a limit takes longer to make than an entry.
  function ofName(name: string): Limit | undefined {
    const own = byName.get(name)
    if (own === undefined || own.limit !== undefined) return own?.limit
    const { kind, rate, per, burst } = own.override
    const amount = `${rate}/${per}+${burst}`
    own.limit = limits.get(amount) ?? limitOf({ kind, rate, per, burst })
    limits.set(amount, own.limit)
    return own.limit
  }

  if (key.length === 1) return (_, subject) => ofName(subject)
  const first = compileKey({ key: key.slice(0, 1), prefix, missing: 'skip' }, match, told)
  return (request) => {
    const name = first(request)
    return name === undefined ? undefined : ofName(name)
  }
}

interface OwnLimit {
  readonly override: RateOverride
  /** Made when it is asked for. */
  limit: Limit | undefined
}

/** Heads of requests are bytes, and addresses are blocks. */
function asRequestsHaveIt(name: string, { key: [first], prefix }: RateRule): string {
  switch (first?.kind) {
    case 'client-ip':
      return addressBlock(name.split('/')[0] ?? '', prefix)
    case 'header':
    case 'cookie':
    case 'query':
      return utf8Bytes(name)
    case 'host':
      return name.toLowerCase()
    case 'method':
    case 'path':
    case 'identity':
    case 'claim':
    case undefined:
      return name
  }
}
