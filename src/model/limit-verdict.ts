/**
 * What rate limits make of requests. `exempt`: no rule applied. Told besides: `shadow`, one in shadow would have refused it;
 * `bad_cost`, its response said a cost that is none, or too large.
 */
export const limitVerdicts = ['admitted', 'denied', 'unavailable', 'exempt', 'shadow', 'bad_cost'] as const
export type LimitVerdict = (typeof limitVerdicts)[number]

/** What limits of concurrency make of requests, in the same words. */
export const concurrencyVerdicts = ['admitted', 'denied', 'unavailable', 'exempt', 'shadow'] as const
export type ConcurrencyVerdict = (typeof concurrencyVerdicts)[number]
