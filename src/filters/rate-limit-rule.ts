import type { Limit } from '../limits/limiter.ts'
import type { Amount, RateRule } from '../model/filters/rate-limit.ts'
import { fingerprint } from '../model/hash.ts'
import type { PathMatch } from '../model/match.ts'
import { type Exemption, exemption } from './limit-exemption.ts'
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
}

/** Works out the rules of one filter; `first` is the place of the first of them in their scope. */
export function runningRules(
  specs: readonly RateRule[],
  first: number,
  scope: LimitScope,
  match: PathMatch,
): readonly RunningRule[] {
  const policies = new Set<string>()
  return specs.map((spec, i) => {
    const policy = freeName(spec.name ?? keyText(spec.key), policies)
    policies.add(policy)
    return runningRule(spec, policy, { index: first + i, scope, match })
  })
}

/** `client-ip`, and `client-ip-2` for another rule with that key: clients tell policies apart by name. */
function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted
  for (let i = 2; taken.has(name); i++) name = `${wanted}-${i}`
  return name
}

interface RulePlace {
  readonly index: number
  readonly scope: LimitScope
  readonly match: PathMatch
}

function runningRule(spec: RateRule, policy: string, { index, scope, match }: RulePlace): RunningRule {
  const { told } = scope
  const limitWith = (amount: Amount): Limit =>
    limitOf(limitId({ ...spec, ...amount }, index, scope), amount, spec)
  return {
    spec,
    limit: limitWith(spec),
    ownLimit: compileOverrides(spec, { match, told, limitOf: limitWith }),
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
function limitId(spec: RateRule, index: number, { own, shared }: LimitScope): string {
  const { name, key, prefix, kind, rate, per, burst, laterCost } = spec
  const place = name === undefined ? [own, index] : [shared, name]
  return `${name ?? keyText(key)}.${fingerprint([place, key, prefix, kind, rate, per, burst, laterCost?.most])}`
}
