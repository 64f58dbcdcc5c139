import type { ConcurrencyLimit } from '../limits/concurrency/permits.ts'
import type { ConcurrencyRule } from '../model/filters/concurrency-limit.ts'
import { fingerprint } from '../model/hash.ts'
import type { PathMatch } from '../model/match.ts'
import { type Exemption, exemption } from './limit-exemption.ts'
import type { ToldRule } from './limit-replies.ts'
import { compileKey, keyText, keyWords, type SubjectOf } from './rate-limit-key.ts'
import type { LimitScope } from './rate-limit-rule.ts'

/** A limit of concurrency as requests meet it. */
export interface RunningConcurrency extends ToldRule {
  readonly spec: ConcurrencyRule
  readonly limit: ConcurrencyLimit
  readonly subject: SubjectOf
  readonly isExempt: Exemption
}

/** Works out a rule. */
export function runningConcurrency(
  spec: ConcurrencyRule,
  scope: LimitScope,
  match: PathMatch,
): RunningConcurrency {
  const { name, key, limit, store, onStoreError } = spec
  const counted = name ?? keyText(key)
  return {
    spec,
    limit: {
      id: `${counted}.${countId(spec, scope)}`,
      most: limit,
      store: store === 'memory' ? 'memory' : 'shared',
      onStoreError,
    },
    subject: compileKey(spec, match, scope.told),
    isExempt: exemption(spec),
    policy: scope.places.policy(counted),
    text: `${name === undefined ? '' : `"${name}": `}${limit} at a time, for ${keyWords(key)}`,
  }
}

/** Of all that a count depends on. The limit is none of it: what is in flight stays counted when that changes. */
function countId({ name, key, prefix }: ConcurrencyRule, { own, shared, places }: LimitScope): string {
  const place = name === undefined ? [own, places.next(['concurrency', key, prefix])] : [shared, name]
  return fingerprint([place, key, prefix])
}
