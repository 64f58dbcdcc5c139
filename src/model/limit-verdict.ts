/** What rate limits make of requests. `exempt`: no rule applied; `shadow`: one in shadow would have refused it, told besides. */
export const limitVerdicts = ['admitted', 'denied', 'unavailable', 'exempt', 'shadow'] as const
export type LimitVerdict = (typeof limitVerdicts)[number]
