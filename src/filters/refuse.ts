import type { Refuse } from '../model/filter-spec.ts'
import type { LocalReply } from '../model/reply.ts'
import type { Filter } from './filter.ts'

/** Refuses every request, by the same object every time. */
export function refuse({ status, reason, why }: Refuse): Filter {
  const reply: LocalReply = Object.freeze({ status, reason, fields: '', body: undefined, detail: why })
  return {
    kind: 'refuse',
    summary: `${status}: ${why}`,
    onRequest: () => reply,
    onResponse: undefined,
    foresee: 'by running',
  }
}
