import { fieldValue, withoutFields } from '../http/field-block.ts'
import type { Limiter } from '../limits/limiter.ts'
import type { RateRule } from '../model/filters/rate-limit.ts'
import type { ResponseDraft } from './filter.ts'
import type { RuleAsk } from './rate-limit-fields.ts'
import type { RunningRule } from './rate-limit-rule.ts'

/** Why a cost was not taken as a response said it: it is no number, or above what counts at most. */
export type BadCost = 'unreadable' | 'above the most'

export interface LaterCostsDeps {
  readonly limiter: Pick<Limiter, 'debit'>
  readonly onBadCost: (rule: RunningRule, why: BadCost) => void
}

/** Takes what responses say that their requests cost beyond what was taken when they came. */
export class LaterCosts {
  readonly #deps: LaterCostsDeps
  /** What was admitted of requests that are on their way. */
  readonly #admitted = new WeakMap<object, RuleAsk[]>()
  /** Of headers that clients do not get. */
  readonly #hidden: readonly string[]

  constructor(rules: readonly RateRule[], deps: LaterCostsDeps) {
    this.#deps = deps
    this.#hidden = rules.flatMap(({ laterCost }) =>
      laterCost?.clients === 'remove' ? [laterCost.header] : [],
    )
  }

  /** Gives the list for what is admitted of a request. What was there is of another, which ended without a response. */
  begin(request: object): RuleAsk[] {
    const admitted: RuleAsk[] = []
    this.#admitted.set(request, admitted)
    return admitted
  }

  onResponse(response: ResponseDraft, request: object): void {
    const asks = this.#admitted.get(request)
    if (asks !== undefined) {
      this.#admitted.delete(request)
      const owed = asks.flatMap((ask) => this.#owed(ask, response.fields))
      if (owed.length > 0) this.#deps.limiter.debit(owed)
    }
    response.fields = withoutFields(response.fields, this.#hidden)
  }

  #owed(ask: RuleAsk, fields: string): readonly RuleAsk[] {
    const { laterCost } = ask.rule.spec
    if (laterCost === undefined) return []
    const value = fieldValue(fields, laterCost.header)
    if (value === undefined) return []
    const told = readCost(value)
    if (Number.isNaN(told)) this.#deps.onBadCost(ask.rule, 'unreadable')
    else if (told > laterCost.most) this.#deps.onBadCost(ask.rule, 'above the most')
    const cost = Math.min(told, laterCost.most) - ask.cost
    return cost > 0 ? [{ ...ask, cost }] : []
  }
}

/** `12`, `0.5`; not a number for anything else, several values too. */
function readCost(value: string): number {
  return value.length <= 64 && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN
}

/** `undefined` where no rule has later costs: its requests pay nothing for them. */
export function laterCosts(rules: readonly RunningRule[], deps: LaterCostsDeps): LaterCosts | undefined {
  const specs = rules.map(({ spec }) => spec)
  return specs.some(({ laterCost }) => laterCost !== undefined) ? new LaterCosts(specs, deps) : undefined
}
