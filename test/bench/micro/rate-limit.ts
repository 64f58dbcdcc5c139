import { bench, do_not_optimize, run, summary } from 'mitata'
import { LimitPlaces } from '../../../src/filters/limit-places.ts'
import { rateLimit } from '../../../src/filters/rate-limit.ts'
import { runningRules } from '../../../src/filters/rate-limit-rule.ts'
import { LocalLimiter } from '../../../src/limits/local-limiter.ts'
import type { RateRule } from '../../../src/model/filters/rate-limit.ts'
import { systemClock } from '../../../src/std/clock.ts'
import { filterServices, rateRule, requestDraft } from '../../unit/filters/drafts.ts'
import { segments } from '../../unit/routing/routes.ts'

// One request held against limits in memory, of a thousand clients in turn; nobody is refused.
const usual = rateRule({ rate: 1_000_000_000, burst: 1_000_000_000 })
const v4 = Array.from({ length: 1000 }, (_, i) =>
  requestDraft({ clientAddress: `10.1.${i >> 8}.${i & 255}` }),
)
const v6 = Array.from({ length: 1000 }, (_, i) =>
  requestDraft({ clientAddress: `2001:db8:${i.toString(16)}::7` }),
)

summary(() => {
  addBench('one rule, IPv4', [usual], v4)
  addBench('one rule, IPv6', [usual], v6)
  addBench('one rule, fields on every answer', [{ ...usual, headers: 'all' }], v4)
  addBench(
    'three rules',
    [usual, { ...usual, key: [] }, { ...usual, key: [{ kind: 'host' }, { kind: 'path' }] }],
    v4,
  )
})

function addBench(name: string, rules: readonly RateRule[], requests: typeof v4): void {
  const limiter = new LocalLimiter(systemClock, { subjects: 100_000, shares: 1 })
  const running = runningRules(rules, { own: '', shared: '', places: new LimitPlaces() }, segments('/'))
  const filter = rateLimit(running, 'r', { ...filterServices, limiter })
  let next = 0
  const request = (): unknown => {
    next = (next + 1) % 1000
    const draft = requests[next] as (typeof v4)[0]
    draft.responseFields = ''
    return filter.onRequest?.(draft)
  }
  for (let i = 0; i < 20_000; i++) request()
  bench(name, () => do_not_optimize(request())).gc('inner')
}

await run()
