import { type Refusal, refusal } from '../../h1/refusal.ts'
import type { ResponseHead, ResponsePolicy } from '../../h1/response-head.ts'
import { type HeaderList, pseudoBits } from '../hpack/header-list.ts'

const statusDigits = /^[1-5][0-9]{2}$/

/**
 * Fills `into` from the list of a response, a 1xx included, as `parseResponseHead` does from text; `chunked` is false.
 *
 * @returns `upstream_bad_response` or `upstream_head_too_large`. 101 is refused: HTTP/2 has no upgrade (RFC 9113 §8.6).
 */
export function readResponseHead(
  list: HeaderList,
  policy: ResponsePolicy,
  into: ResponseHead,
): Refusal | undefined {
  if (list.fault === 'none' && list.pseudo !== pseudoBits.status)
    list.blame('malformed', 'other pseudo fields than ":status"')
  if (list.fault === 'none' && (!statusDigits.test(list.status) || list.status === '101'))
    list.blame('malformed', refusal('upstream_bad_response', ':status', list.status).detail)
  if (list.fault !== 'none') {
    const isLarge = list.fault === 'too_large'
    return { reason: isLarge ? 'upstream_head_too_large' : 'upstream_bad_response', detail: list.detail }
  }
  return into.take(Number(list.status), list.fields, policy)
}
