import type { FixedResponse } from '../model/filter-spec.ts'
import type { LocalReply } from '../model/reply.ts'
import type { Filter } from './filter.ts'
import { fieldLines } from './header-edit.ts'

/** Answers with a fixed response, the same object every time. */
export function respond({ status, headers, body }: FixedResponse): Filter {
  const reply: LocalReply = Object.freeze({
    status,
    reason: 'fixed_response',
    fields: fieldLines(headers),
    body,
    isFixed: true,
    detail: `the route answers ${status}`,
  })
  return {
    kind: 'respond',
    summary: `${status}, ${Buffer.byteLength(body)} bytes`,
    onRequest: () => reply,
    onResponse: undefined,
    foresee: 'by running',
  }
}
