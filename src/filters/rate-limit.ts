import type { Verdict } from '../limits/limiter.ts'
import type { RateRule } from '../model/filters/rate-limit.ts'
import type { LocalReply } from '../model/reply.ts'
import type { Filter, RequestDraft } from './filter.ts'
import type { Foresight } from './foresight.ts'
import { lackingReply, overReply, unavailableReply } from './limit-replies.ts'
import { type LaterCosts, laterCosts } from './rate-limit-cost.ts'
import { limitFields, type RuleAsk, retryAfterSeconds } from './rate-limit-fields.ts'
import { keepFirstLegacy, withLimitFields } from './rate-limit-legacy.ts'
import { type RunningRule, ruleText } from './rate-limit-rule.ts'
import type { FilterServices } from './services.ts'

/**
 * Answers those who ask too often. All rules that apply are one question to the limiter: the request is admitted and counted by
 * each of them, or by none. Rules in shadow are asked apart, since a count of theirs must refuse nothing.
 *
 * Stands behind filters that identify the client when its key speaks of them, and before what is costly. Costs a look-up for each
 * rule, and a question to the store where there is one. Buffers nothing. When the store does not answer, `onStoreError` decides.
 * Reasons: `rate_limited`, `limiter_unavailable`.
 *
 * @param route in the words of metrics and log.
 */
export function rateLimit(rules: readonly RunningRule[], route: string, services: FilterServices): Filter {
  const enforced = rules.filter(({ spec }) => spec.mode === 'enforce')
  const shadows = rules.filter(({ spec }) => spec.mode === 'shadow')
  const { limiter, limits, random } = services
  const row = limits.row(route)
  const costs = laterCosts(rules, {
    limiter,
    onBadCost(rule, why) {
      limits.count(row, 'bad_cost')
      limits.onBadCost(route, rule.text, why)
    },
  })
  const shadowing: Shadowing = { limiter, limits, row, route }
  const tellsAll = enforced.some(({ spec }) => spec.headers === 'all')

  function settle(request: RequestDraft, { asks, verdict, admitted }: Settled): LocalReply | undefined {
    limits.count(row, verdict.kind)
    if (verdict.kind !== 'admitted') return refusal(asks, verdict, random())
    admitted?.push(...asks)
    if (tellsAll)
      request.responseFields = withLimitFields(request.responseFields, limitFields(asks, verdict, 0))
    return undefined
  }

  return {
    kind: 'rateLimit',
    summary: rules.map(summaryOf).join('; '),
    onRequest(request) {
      const admitted = costs?.begin(request)
      if (shadows.length > 0)
        askShadows(shadows, request, admitted === undefined ? shadowing : { ...shadowing, admitted })
      let asks: readonly RuleAsk[] = noAsks
      for (const rule of enforced) {
        if (rule.isExempt?.(request) === true) continue
        const subject = rule.subject(request)
        if (subject !== undefined) {
          const ask = askOf(rule, request, subject)
          // A list that grows from nothing has room for many, and most questions are of one rule.
          asks = asks.length === 0 ? [ask] : [...asks, ask]
          continue
        }
        if (rule.spec.missing !== 'deny') continue
        limits.count(row, 'denied')
        return lackingReply('rate_limited', rule)
      }
      if (asks.length === 0) {
        if (enforced.length > 0) limits.count(row, 'exempt')
        return undefined
      }
      const verdict = limiter.take(asks)
      if (!(verdict instanceof Promise)) return settle(request, { asks, verdict, admitted })
      return verdict.then((late) => (draft: RequestDraft) => settle(draft, { asks, verdict: late, admitted }))
    },
    onResponse: onResponseOf(rules.some(isLegacy), costs),
    foresee: (request) => foreseen(rules, request),
  }
}

const noAsks: readonly RuleAsk[] = []

function askOf(rule: RunningRule, request: RequestDraft, subject: string): RuleAsk {
  return { limit: rule.ownLimit?.(request, subject) ?? rule.limit, subject, cost: rule.spec.cost, rule }
}

/** Only rules that are enforced, and do not leave out the request, may answer it. */
function foreseen(rules: readonly RunningRule[], request: RequestDraft): Foresight {
  const counting = rules.filter(({ isExempt }) => isExempt?.(request) !== true)
  if (counting.length === 0) return { kind: 'passes', why: 'leaves out who asks' }
  const texts = (mode: RateRule['mode']): string =>
    counting
      .filter(({ spec }) => spec.mode === mode)
      .map((rule) => textFor(rule, request))
      .join('; ')
  const enforced = texts('enforce')
  return enforced === ''
    ? { kind: 'passes', why: `counts in shadow: ${texts('shadow')}` }
    : { kind: 'depends', on: `counts requests: ${enforced}` }
}

/** The rule as it is for this request. */
function textFor(rule: RunningRule, request: RequestDraft): string {
  const subject = rule.subject(request)
  return subject === undefined ? rule.text : textOf(askOf(rule, request, subject))
}

function textOf({ rule, limit }: RuleAsk): string {
  return limit === rule.limit ? rule.text : ruleText(rule.spec, limit)
}

function onResponseOf(isLegacy: boolean, costs: LaterCosts | undefined): Filter['onResponse'] {
  if (costs === undefined) return isLegacy ? keepFirstLegacy : undefined
  return (response, request) => {
    costs.onResponse(response, request)
    if (isLegacy) keepFirstLegacy(response)
  }
}

function isLegacy({ spec }: RunningRule): boolean {
  return spec.legacyHeaders === 'on' && spec.headers === 'all'
}

function summaryOf({ text, spec }: RunningRule): string {
  const { laterCost, mode, overrides } = spec
  const cost = laterCost === undefined ? '' : `, at the cost that ${JSON.stringify(laterCost.header)} says`
  const own = overrides.length === 0 ? '' : `, ${overrides.length} with a limit of their own`
  return `${text}${cost}${own}${mode === 'shadow' ? ', in shadow' : ''}`
}

interface Settled {
  readonly asks: readonly RuleAsk[]
  readonly verdict: Verdict
  /** Where those asks go whose responses may say a cost; `undefined` where none may. */
  readonly admitted: RuleAsk[] | undefined
}

interface Shadowing extends Pick<FilterServices, 'limiter' | 'limits'> {
  readonly row: number
  readonly route: string
  /** Where what is admitted goes; `undefined` where nobody asks for it later. */
  readonly admitted?: RuleAsk[]
}

/** Asks each rule for itself, and admits whatever it says. */
function askShadows(rules: readonly RunningRule[], request: RequestDraft, by: Shadowing): void {
  for (const rule of rules) {
    if (rule.isExempt?.(request) === true) continue
    const subject = rule.subject(request)
    if (subject === undefined) {
      if (rule.spec.missing === 'deny') tellShadow(rule.text, by)
      continue
    }
    const ask = askOf(rule, request, subject)
    const verdict = by.limiter.take([ask])
    if (verdict instanceof Promise) void tellLater(verdict, ask, by)
    else takeShadow(verdict, ask, by)
  }
}

async function tellLater(pending: Promise<Verdict>, ask: RuleAsk, by: Shadowing): Promise<void> {
  takeShadow(await pending, ask, by)
}

function takeShadow({ kind }: Verdict, ask: RuleAsk, by: Shadowing): void {
  if (kind === 'denied') tellShadow(textOf(ask), by)
  else by.admitted?.push(ask)
}

function tellShadow(rule: string, { limits, row, route }: Shadowing): void {
  limits.count(row, 'shadow')
  limits.onShadow(route, rule)
}

function refusal(asks: readonly RuleAsk[], verdict: Verdict, roll: number): LocalReply {
  const seconds = retryAfterSeconds(verdict.retryAfterMs, roll)
  const ask = asks[verdict.deniedBy]
  if (verdict.kind === 'unavailable' || ask === undefined)
    return unavailableReply(seconds, 'the store of rate limits does not answer')
  const fields = `retry-after: ${seconds}\r\n${limitFields(asks, verdict, seconds)}`
  const { spec, policy } = ask.rule
  return overReply('rate_limited', { spec, policy, text: textOf(ask) }, fields)
}
