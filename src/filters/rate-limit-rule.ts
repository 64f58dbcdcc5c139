import type { Limit } from '../limits/limiter.ts'
import type { RateRule } from '../model/filters/rate-limit.ts'
import { fingerprint } from '../model/hash.ts'
import type { PathMatch } from '../model/match.ts'
import type { Ms } from '../std/units.ts'
import { type Exemption, exemption } from './limit-exemption.ts'
import { compileKey, keyText, keyWords, type SubjectOf } from './rate-limit-key.ts'

/** A rule as requests meet it. */
export interface RunningRule {
  readonly spec: RateRule
  readonly limit: Limit
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
    return runningRule(spec, policy, limitId(spec, first + i, scope), compileKey(spec, match, scope.told))
  })
}

/** `client-ip`, and `client-ip-2` for another rule with that key: clients tell policies apart by name. */
function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted
  for (let i = 2; taken.has(name); i++) name = `${wanted}-${i}`
  return name
}

function runningRule(spec: RateRule, policy: string, id: string, subject: SubjectOf): RunningRule {
  const { name, kind, rate, per, burst, laterCost, onStoreError } = spec
  return {
    spec,
    limit: {
      id,
      kind,
      rate,
      per,
      burst: Math.max(burst, flowIn(evenness, spec)),
      overdraft: laterCost?.most ?? 0,
      onStoreError,
    },
    subject,
    isExempt: exemption(spec),
    policy,
    text: `${name === undefined ? '' : `"${name}": `}${rate}/${periodText(per)}, burst ${burst}, for ${keyWords(spec.key)}`,
  }
}

/**
 * What a share holds at least: requests never come as evenly as a rate says, and a share of one loses the time until the next comes.
 * 1,000/s without it admits three requests of five.
 */
const evenness: Ms = 10

/** Requests that flow in some time; 0 where it is one alone. */
function flowIn(time: Ms, { rate, per }: RateRule): number {
  const flow = Math.floor((rate / per) * time)
  return flow > 1 ? flow : 0
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

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const

function periodText(ms: Ms): string {
  for (const [unit, length] of units) {
    if (ms % length === 0) return ms === length ? unit : `${ms / length}${unit}`
  }
  return ms === 1000 ? 's' : `${ms / 1000}s`
}
