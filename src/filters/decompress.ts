import { codingName, fieldsOfBytes } from '../http/content-coding.ts'
import { fieldValue, withoutField, withoutFields } from '../http/field-block.ts'
import { listMembers } from '../http/list-members.ts'
import type { Decompress, RequestCoding } from '../model/filters/decompress.ts'
import type { LocalReply } from '../model/reply.ts'
import type { Filter, RequestDraft } from './filter.ts'

/** What the proxy takes off a body, and how much may come of it. */
export interface BodyDecoding extends Pick<Decompress, 'limit' | 'ratio'> {
  /** In the order in which they are taken off. */
  readonly codings: readonly RequestCoding[]
}

/** One on top of the other; more than one is nobody's plan. */
const mostCodings = 2

/**
 * Hands bodies of requests on without their content coding: RFC 9110 §8.4. Unknown codings get 415, what is too large 413, what is
 * broken 400, in the middle of the body too. gRPC says its own codings elsewhere; whoever only calls a request so gets no further.
 *
 * Where: in front of filters that look at the body; behind those that refuse requests. Costs the threads of zlib, and nothing for
 * requests without `content-encoding`.
 */
export function decompress(spec: Decompress): Filter {
  const known: ReadonlySet<string> = new Set(spec.encodings)
  const unsupported = unsupportedReply(spec.encodings)
  const isKnown = (coding: string): coding is RequestCoding => known.has(coding)

  function onRequest(request: RequestDraft): LocalReply | undefined {
    const said = fieldValue(request.fields, 'content-encoding')
    if (said === undefined) return undefined
    const codings = listMembers(said)
      .map(codingName)
      .filter((one) => one !== '' && one !== 'identity')
    if (codings.length > mostCodings || !codings.every(isKnown)) return unsupported
    request.fields = withoutField(request.fields, 'content-encoding')
    if (codings.length === 0) return undefined
    request.fields = withoutFields(request.fields, fieldsOfBytes)
    // The last one stands outside.
    request.decode({ codings: codings.toReversed(), limit: spec.limit, ratio: spec.ratio })
    return undefined
  }

  const most = spec.limit === 0 ? 'any length' : `${spec.limit} bytes`
  return {
    kind: 'decompress',
    summary: `${spec.encodings.join(', ')} to ${most}${spec.ratio === 0 ? '' : `, ${spec.ratio} times as many as came`}`,
    onRequest,
    onResponse: undefined,
    foresee: 'by running',
  }
}

/** RFC 9110 §15.5.16, §12.5.3: it says what would be taken. */
function unsupportedReply(encodings: readonly string[]): LocalReply {
  return Object.freeze({
    status: 415,
    reason: 'unsupported_coding',
    fields: `accept-encoding: ${encodings.join(', ')}\r\n`,
    body: undefined,
    detail: `content-encoding is not among ${encodings.join(', ')}`,
  })
}
