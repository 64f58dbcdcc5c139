import type { RequestDraft, ResponseDraft } from '../../../src/filters/filter.ts'
import { view } from '../routing/routes.ts'

/** A request on its way through filters, as `http://a.test/` unless told otherwise. */
export function requestDraft(parts: Partial<Omit<RequestDraft, 'field'>> = {}): RequestDraft {
  const path = parts.path ?? '/'
  return {
    ...view(),
    scheme: 'http',
    forwardedProto: '',
    authority: parts.host ?? 'a.test',
    path,
    matchedPath: '/',
    upstreamPath: path,
    upstreamHost: '',
    fields: '',
    identity: undefined,
    ...parts,
  }
}

export function responseDraft(fields: string): ResponseDraft {
  return { status: 200, fields }
}
