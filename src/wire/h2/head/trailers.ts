import { eachField } from '../../../http/field-block.ts'
import { isFramingTwin } from '../../h1/field-lines.ts'
import { type Refusal, refusal } from '../../h1/refusal.ts'
import { announcedTrailers, isPassingTrailer } from '../../h1/trailers.ts'
import type { HeaderList } from '../hpack/header-list.ts'

/** Hop-by-hop fields, the host, and what meshes tell each other; connection fields have made the list malformed. */
const neverOfResponse =
  /^(?:host|te|trailer|expect|max-forwards|http2-settings|proxy(?:-.*)?|l5d-.*|x-envoy-.*)$/

/** Whether any line of a block may be such a field, or a framing name or a twin of one: nearly no block has any. */
const mayHoldOne =
  /(?:^|\n)(?:host|te|trailer|expect|max-forwards|http2-settings|proxy|l5d-|x-envoy-|content[^a-z0-9]+length|transfer[^a-z0-9]+encoding)/

/**
 * The trailer fields that may travel on, as a field block. Of a request those that HTTP/1 lets pass; of a response all but
 * framing, routing and hop-by-hop ones, since gRPC puts its metadata there.
 *
 * @param announced the value of the message's `Trailer` field; only of requests.
 * @returns a refusal for pseudo fields and for framing names and their twins, which make the message malformed: `list.fault`
 * says so then.
 */
export function readTrailers(
  list: HeaderList,
  side: 'request' | 'response',
  announced = '',
): string | Refusal {
  if (list.fault === 'none' && list.pseudo !== 0) list.blame('malformed', 'pseudo field in trailers')
  const block = list.fault === 'none' ? passing(list, side, announced) : ''
  return list.fault === 'none' ? block : faultOf(list, side)
}

function passing(list: HeaderList, side: 'request' | 'response', announced: string): string {
  if (side === 'response' && !mayHoldOne.test(list.fields)) return list.fields
  const names = side === 'request' ? announcedTrailers(announced) : undefined
  let block = ''
  let dropped = 0
  eachField(list.fields, (name, value) => {
    if (isFramingTwin(name))
      list.blame('malformed', refusal('bad_header', 'framing in trailers:', name).detail)
    const isPassing = side === 'request' ? isPassingTrailer(name, names) : !neverOfResponse.test(name)
    if (isPassing) block += `${name}: ${value}\r\n`
    else dropped++
  })
  return dropped === 0 ? list.fields : block
}

function faultOf({ fault, detail }: HeaderList, side: 'request' | 'response'): Refusal {
  if (side === 'response')
    return { reason: fault === 'too_large' ? 'upstream_head_too_large' : 'upstream_bad_response', detail }
  return { reason: fault === 'too_large' ? 'trailers_too_large' : 'bad_header', detail }
}
