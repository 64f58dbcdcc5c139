import { buildFilter } from '../filters/build.ts'
import { type FilterFacts, filterFacts } from '../filters/facts.ts'
import type { Filter, RequestDraft } from '../filters/filter.ts'
import { type Foresight, foresee } from '../filters/foresight.ts'
import { JwtRuntime } from '../filters/jwt/jwt-runtime.ts'
import type { FilterServices } from '../filters/services.ts'
import { VerdictMemory } from '../filters/verdicts/verdict-memory.ts'
import type { FilterSpec } from '../model/filter-spec.ts'
import type { PathMatch } from '../model/match.ts'
import type { LocalReply } from '../model/reply.ts'
import { unreachable } from '../std/assert.ts'
import { systemClock } from '../std/clock.ts'

/** A filter of the route: what it is set to do, and what it would do with the request. JSON-able. */
export interface ExplainedFilter extends Pick<FilterFacts, 'buffers' | 'undecided' | 'reasons'> {
  readonly kind: string
  readonly summary: string
  /** `depends`: only the request itself would show it; those behind it are explained as if it passed. */
  readonly verdict: Foresight['kind'] | 'not reached'
  /** Why, or on what; `""` where the summary says all. */
  readonly why: string
}

/** What the filters of a route make of a request. */
export interface FilterChain {
  readonly filters: readonly ExplainedFilter[]
  /** Of the filter that answers; `undefined` when none is known to. */
  readonly reply: LocalReply | undefined
  /** `rateLimit (counts requests of the client address)`: who may answer, and nobody can say. */
  readonly doubts: readonly string[]
}

/** Filters are asked what they would do here, and never make it happen. */
const described: FilterServices = {
  clock: systemClock,
  random: () => 0,
  jwt: new JwtRuntime({
    clock: systemClock,
    random: () => 0,
    // Keys that never come.
    fetch: () => new Promise(() => {}),
    text: () => undefined,
    onFetched: () => {},
    onEvent: () => {},
  }),
  ask: () => Promise.resolve({ kind: 'unanswered', detail: 'nobody is asked' }),
  verdicts: new VerdictMemory(systemClock, Buffer.alloc(32)),
  verdictCounts: { row: () => 0, decided: () => {}, reused: () => {} },
  limiter: {
    take: () => unreachable('explain counts nothing' as never),
    debit: () => unreachable('explain counts nothing' as never),
  },
  concurrency: { take: () => unreachable('explain counts nothing' as never), inFlight: 0 },
  concurrencyCounts: { row: () => 0, count: () => {}, onShadow: () => {} },
  limits: { row: () => 0, count: () => {}, onShadow: () => {}, onBadCost: () => {} },
  materials: { users: () => undefined, apiKeys: () => undefined },
  passwords: { check: () => unreachable('explain checks no password' as never) },
}

/**
 * Follows a request through filters, in the order they run.
 *
 * @param request changed on the way, as the filters would change it.
 * @param first what answers in front of them; none is reached then.
 */
export function explainFilters(
  specs: readonly FilterSpec[],
  match: PathMatch,
  request: RequestDraft,
  first?: LocalReply,
): FilterChain {
  const filters: ExplainedFilter[] = []
  const doubts: string[] = []
  let reply = first
  for (const spec of specs) {
    const filter = buildFilter(spec, match, described)
    const { buffers, undecided, reasons } = filterFacts[spec.kind]
    const foresight = reply === undefined ? foresee(filter, request) : undefined
    if (foresight?.kind === 'answers') reply = foresight.reply
    if (foresight?.kind === 'depends') doubts.push(`${filter.kind} (${foresight.on})`)
    const { kind, summary } = filter
    filters.push({
      kind,
      summary,
      buffers: buffers === 'as configured' ? (filter.body === undefined ? 'nothing' : 'request') : buffers,
      undecided,
      reasons,
      verdict: foresight?.kind ?? 'not reached',
      why: foresight === undefined ? behindAnswer(filter) : whyOf(foresight),
    })
  }
  return { filters, reply, doubts }
}

/** Responses pass all filters, whoever gave them. */
function behindAnswer({ onResponse }: Filter): string {
  return onResponse === undefined ? '' : 'changes the answer all the same'
}

function whyOf(foresight: Foresight): string {
  switch (foresight.kind) {
    case 'passes':
      return foresight.why
    case 'answers':
      return `${foresight.reply.status} ${foresight.reply.reason}: ${foresight.reply.detail}`
    case 'depends':
      return foresight.on
  }
}
