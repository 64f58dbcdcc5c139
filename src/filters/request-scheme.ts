import type { RequestDraft } from './filter.ts'

/** The scheme that the client used, as far as a trusted proxy says. */
export function requestScheme({
  scheme,
  forwardedProto,
}: Pick<RequestDraft, 'scheme' | 'forwardedProto'>): 'http' | 'https' {
  if (forwardedProto === '') return scheme
  return /^(?:https|wss) *(?:,|$)/i.test(forwardedProto) ? 'https' : 'http'
}
