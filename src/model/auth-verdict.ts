/** What came of a request that another server was asked about; `passed`: nobody answered, and it went on all the same. */
export const authVerdicts = ['allowed', 'denied', 'unavailable', 'passed'] as const
export type AuthVerdict = (typeof authVerdicts)[number]

/** How a request came by a verdict without a question of its own: from memory, or from a question that was under way. */
export const verdictReuses = ['remembered', 'shared'] as const
export type VerdictReuse = (typeof verdictReuses)[number]
