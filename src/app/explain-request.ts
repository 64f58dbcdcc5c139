import type { ExplainQuery } from '../admin/admin-deps.ts'
import { noChanges } from '../filters/authz/header-change.ts'
import type { RequestDraft } from '../filters/filter.ts'
import { fieldValue } from '../http/field-block.ts'
import { plainAddress } from '../http/forwarded.ts'
import { utf8Bytes } from '../http/query.ts'
import type { Listener } from '../model/listener.ts'
import type { RequestView } from '../model/request-view.ts'
import { clientBehind, isTrusted, listenerRuntime } from '../proxy/listener-runtime.ts'
import type { Refusal } from '../wire/h1/refusal.ts'
import { parseRequestHead, RequestHead } from '../wire/h1/request-head.ts'
import { urlParts } from './explain-url.ts'

/** A request as the gateway would read it from the wire, or why it would refuse it. */
export type ReadRequest =
  | {
      readonly kind: 'request'
      readonly view: RequestView
      readonly trusted: boolean
      readonly head: RequestHead
      /** The same as filters get it, `matchedPath` apart. */
      readonly draft: RequestDraft
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** Who asks when nobody says: the host itself. */
export const usualClient = '127.0.0.1'

/**
 * Reads a request with the codec of the data plane, so that what is explained is what would happen: refusals,
 * normalisation, dropped headers, and the client behind trusted proxies.
 */
export function readRequest(query: ExplainQuery, listener: Listener): ReadRequest {
  const peer = plainAddress(query.from ?? usualClient) ?? usualClient
  const runtime = listenerRuntime(listener, undefined)
  const trusted = isTrusted(runtime, peer)
  const head = new RequestHead()
  const policy = trusted ? runtime.trustedPolicy : runtime.edgePolicy
  const refusal = parseRequestHead(headText(query), policy, head)
  if (refusal !== undefined) return { kind: 'refused', refusal }
  const view: RequestView = {
    listener: listener.id,
    method: head.method,
    host: head.host,
    path: head.path,
    query: head.query,
    clientAddress: trusted ? clientBehind(runtime, head, peer) : peer,
    field: (name) => (name === 'host' ? head.authority : fieldValue(head.fields, name)),
  }
  const draft: RequestDraft = {
    ...view,
    scheme: listener.tls === undefined ? 'http' : 'https',
    protocol: 'HTTP/1.1',
    forwardedProto: head.forwardedProto,
    authority: head.authority,
    matchedPath: '',
    upstreamPath: head.path,
    upstreamHost: '',
    fields: head.fields,
    clientCertificate: undefined,
    identity: undefined,
    upstreamQuery: undefined,
    responseFields: '',
    responseChanges: noChanges,
    ends: () => undefined,
    decode: () => {},
    pending: undefined,
    held: undefined,
  }
  return { kind: 'request', view, trusted, head, draft }
}

function headText({ method, url, headers }: ExplainQuery): string {
  const { authority, target } = urlParts(url)
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host')
  const lines = headers.map(([name, value]) => `${name}: ${utf8Bytes(value)}\r\n`)
  const host = hasHost ? '' : `host: ${authority}\r\n`
  return `${method} ${asciiTarget(target)} HTTP/1.1\r\n${host}${lines.join('')}\r\n`
}

/** As browsers and curl's users mean it: letters beyond ASCII are percent-encoded UTF-8. */
function asciiTarget(target: string): string {
  return target.replaceAll(/[^\0-\x7f]+/g, (letters) => encodeURIComponent(letters))
}
