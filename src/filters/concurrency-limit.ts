import type { Concurrency, NoPermit, Permit, PermitAsk } from '../limits/concurrency/permits.ts'
import type { LocalReply } from '../model/reply.ts'
import type { RunningConcurrency } from './concurrency-rule.ts'
import type { Filter, RequestDraft } from './filter.ts'
import { holdPermit } from './held-permit.ts'
import { lackingReply, overReply, unavailableReply } from './limit-replies.ts'
import type { ConcurrencyCounts, FilterServices } from './services.ts'

type Answer = ReturnType<NonNullable<Filter['onRequest']>>

/** A rule with where it asks and counts. */
interface Running {
  readonly rule: RunningConcurrency
  readonly route: string
  readonly row: number
  readonly counts: ConcurrencyCounts
  readonly concurrency: Concurrency
}

/**
 * Answers those who have too many requests in flight. What it takes for a request is given back when the exchange is over, however
 * it ends.
 *
 * Stands behind filters that identify the client when its key speaks of them, and before what is costly. Costs a look-up; with several
 * workers a question to the control process, with a shared store one to that. Buffers nothing. When who counts does not answer,
 * `onStoreError` decides. Reasons: `concurrency_limited`, `limiter_unavailable`.
 *
 * @param route in the words of metrics and log.
 */
export function concurrencyLimit(rule: RunningConcurrency, route: string, services: FilterServices): Filter {
  const { concurrency, concurrencyCounts: counts } = services
  const running: Running = { rule, route, row: counts.row(route), counts, concurrency }
  const { spec, limit, text } = rule
  const isShadow = spec.mode === 'shadow'
  const ask = isShadow ? askInShadow : askAndObey

  return {
    kind: 'concurrencyLimit',
    summary: isShadow ? `${text}, in shadow` : text,
    onRequest(request) {
      const isExempt = rule.isExempt?.(request) === true
      const subject = isExempt ? undefined : rule.subject(request)
      if (subject !== undefined) return ask(running, request, { limit, subject })
      if (!isExempt && spec.missing === 'deny') return lacking(running)
      if (!isShadow) counts.count(running.row, 'exempt')
      return undefined
    },
    onResponse: undefined,
    foresee(request) {
      if (rule.isExempt?.(request) === true) return { kind: 'passes', why: 'leaves out who asks' }
      return isShadow
        ? { kind: 'passes', why: `counts in shadow: ${text}` }
        : { kind: 'depends', on: `counts requests in flight: ${text}` }
    },
  }
}

function askAndObey(running: Running, request: RequestDraft, ask: PermitAsk): Answer {
  const verdict = holdPermit(request, running.concurrency.take(ask))
  if (!(verdict instanceof Promise)) return settle(running, request, verdict)
  return verdict.then((late) => (draft: RequestDraft) => settle(running, draft, late))
}

function settle(
  { rule, row, counts }: Running,
  request: RequestDraft,
  verdict: Permit | NoPermit,
): LocalReply | undefined {
  counts.count(row, verdict.kind)
  switch (verdict.kind) {
    case 'admitted':
      if (rule.spec.headers === 'all') request.responseFields += standing(rule, verdict.left)
      return undefined
    case 'denied': {
      const fields = rule.spec.headers === 'off' ? '' : standing(rule, 0)
      return overReply('concurrency_limited', rule, `retry-after: ${retryAfter}\r\n${fields}`)
    }
    case 'unavailable':
      return unavailableReply(retryAfter, 'who counts requests in flight does not answer')
  }
}

/** In seconds: nobody knows when a request will end. */
const retryAfter = 1

/** What is in flight is counted as if the rule were obeyed, and the request does not wait for it. */
function askInShadow(running: Running, request: RequestDraft, ask: PermitAsk): undefined {
  const verdict = holdPermit(request, running.concurrency.take(ask))
  if (verdict instanceof Promise) void tellLater(running, verdict)
  else if (verdict.kind === 'denied') tellShadow(running)
}

async function tellLater(running: Running, pending: Promise<Permit | NoPermit>): Promise<void> {
  const { kind } = await pending
  if (kind === 'denied') tellShadow(running)
}

function tellShadow({ rule, route, row, counts }: Running): void {
  counts.count(row, 'shadow')
  counts.onShadow(route, rule.text)
}

function lacking(running: Running): LocalReply | undefined {
  const { rule, row, counts } = running
  if (rule.spec.mode === 'shadow') {
    tellShadow(running)
    return undefined
  }
  counts.count(row, 'denied')
  return lackingReply('concurrency_limited', rule)
}

/** `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-11; nothing where nobody knows what is left. */
function standing({ spec, policy }: RunningConcurrency, left: number): string {
  if (left < 0) return ''
  const name = `"${policy}"`
  return `ratelimit-policy: ${name};q=${spec.limit};qu="concurrent-requests"\r\nratelimit: ${name};r=${left}\r\n`
}
