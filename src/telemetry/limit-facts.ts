import { limitVerdicts } from '../model/limit-verdict.ts'

export const byLimitVerdict = { label: 'verdict', values: limitVerdicts } as const

export const limitRequestsHelp =
  'Requests that came to rate limits of the route. `exempt`: no rule applied; `shadow`: one in shadow would have refused it, counted besides.'
