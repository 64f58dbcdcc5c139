import type { Limit } from '../limits/limiter.ts'
import type { Amount, RateRule } from '../model/filters/rate-limit.ts'
import { fingerprint } from '../model/hash.ts'
import type { PathMatch } from '../model/match.ts'
import { type Exemption, exemption } from './limit-exemption.ts'
import type { LimitPlaces } from './limit-places.ts'
import { amountText, limitOf } from './rate-limit-amount.ts'
import { compileKey, keyText, keyWords, type SubjectOf } from './rate-limit-key.ts'
import { compileOverrides, type OwnLimitOf } from './rate-limit-overrides.ts'

/** A rule as requests meet it. */
export interface RunningRule {
  readonly spec: RateRule
  readonly limit: Limit
  /** Of those with a limit of their own; `undefined` where nobody has one. */
  readonly ownLimit: OwnLimitOf | undefined
  readonly subject: SubjectOf
  readonly isExempt: Exemption
  /** How clients see it: `client-ip`. */
  readonly policy: string
  /** `100/s, burst 100, for each client-ip`, for log and explain. */
  readonly text: string
}

/** Where the rules of a route count. */
export interface LimitScope {
  /** The route, or the object that the route comes from: rules without a name are its own. */
  readonly own: string
  /** Those who may share by name: `""` for all routes of files, of Kubernetes the namespace. */
  readonly shared: string
  /** Request headers, in lower case, by which filters in front of the rules tell who asks. */
  readonly told?: ReadonlySet<string>
  /** Of the limits that were set up before in this scope. */
  readonly places: LimitPlaces
}

/** Works out the rules of one filter. */
export function runningRules(
  specs: readonly RateRule[],
  scope: LimitScope,
  match: PathMatch,
): readonly RunningRule[] {
  return specs.map((spec) => {
    const policy = scope.places.policy(spec.name ?? keyText(spec.key))
    return runningRule(spec, policy, { scope, match })
  })
}

interface RulePlace {
  readonly scope: LimitScope
  readonly match: PathMatch
}

function runningRule(spec: RateRule, policy: string, { scope, match }: RulePlace): RunningRule {
  const { told, own, places } = scope
  const { name, key, prefix } = spec
  const isShared = name !== undefined
  const place = isShared ? [scope.shared, name] : [own, places.next(['rate', countedBy(spec)])]
  // Rules that differ have overrides that do not, and those count apart too.
  const ownPlace = isShared ? place : [own, 'overrides', places.next(['overrides', key, prefix])]
  const limitAt = (at: readonly unknown[], amount: Amount): Limit =>
    limitOf(limitId({ ...spec, ...amount }, at), amount, spec)
  return {
    spec,
    limit: limitAt(place, spec),
    ownLimit: compileOverrides(spec, { match, told, limitOf: (amount) => limitAt(ownPlace, amount) }),
    subject: compileKey(spec, match, told),
    isExempt: exemption(spec),
    policy,
    text: ruleText(spec, spec),
  }
}

/** A rule in words, with the amount that holds: `100/s, burst 100, for each client-ip`. */
export function ruleText({ name, key }: RateRule, amount: Amount): string {
  return `${name === undefined ? '' : `"${name}": `}${amountText(amount)}, for ${keyWords(key)}`
}

/**
 * A short id of everything that a count depends on: rules that say something else never share, so neither a change of the rate
 * nor somebody else's rule of the same name can take from a share.
 */
function limitId(spec: RateRule, place: readonly unknown[]): string {
  return `${spec.name ?? keyText(spec.key)}.${fingerprint([place, ...countedBy(spec)])}`
}

function countedBy({ key, prefix, kind, rate, per, burst, laterCost }: RateRule): readonly unknown[] {
  return [key, prefix, kind, rate, per, burst, laterCost?.most]
}
