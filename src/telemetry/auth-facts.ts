import { authVerdicts, verdictReuses } from '../model/auth-verdict.ts'
import { counter, type MetricFact } from './metric-fact.ts'

/** What came of questions whether requests may pass, by the cluster that is asked. */
export const authFacts: readonly MetricFact[] = [
  counter(
    'cluster',
    'auth_verdicts_total',
    'Requests that filters asked the cluster about, by what came of it. `passed`: nobody answered, and they went on all the same.',
    { label: 'verdict', values: authVerdicts },
  ),
  counter(
    'cluster',
    'auth_verdicts_reused_total',
    'Of these, requests without a question of their own: the verdict was remembered, or another request asked at that moment.',
    { label: 'how', values: verdictReuses },
  ),
]
