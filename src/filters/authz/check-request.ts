import { eachField, fieldValue } from '../../http/field-block.ts'
import type { ExtAuthz } from '../../model/filters/ext-authz.ts'
import type { VerifiedCertificate } from '../../model/verified-certificate.ts'
import { MessageWriter, utf8Of } from '../../wire/protobuf/message-writer.ts'
import type { BodyStart, RequestDraft } from '../filter.ts'
import { requestScheme } from '../request-scheme.ts'

/** What of the configuration decides what a server is told. */
export type Told = Pick<ExtAuthz, 'told' | 'toldBody' | 'context'>

/** Says whether the body is whole, in the words of Envoy; what a client says under this name is never told. */
const partialBody = 'x-envoy-auth-partial-body'

/**
 * Makes the questions of `envoy.service.auth.v3.Authorization/Check` from requests. Numbers of fields are those of
 * `attribute_context.proto`: https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/auth/v3/attribute_context.proto
 *
 * @returns of a request, when it came in ms since 1970, and the start of its body.
 */
export function checkRequests(told: Told): (request: RequestDraft, wall: number, body?: BodyStart) => Buffer {
  const chosen = told.told === 'all' ? undefined : new Set(told.told)
  return (request, wall, body) => {
    const attributes = new MessageWriter()
      .message(1, source(request))
      .message(2, peer(request.ends()?.destination))
      .message(
        4,
        new MessageWriter()
          .message(1, timestamp(wall))
          .message(2, httpRequest(request, told.toldBody, chosen, body)),
      )
    for (const [name, value] of told.context)
      attributes.message(10, new MessageWriter().text(1, name).text(2, value))
    return new MessageWriter().message(1, attributes).finish()
  }
}

/** A port is known of the address that the connection comes from, and of no other. */
function source(request: RequestDraft): MessageWriter {
  const { clientAddress: address, clientCertificate } = request
  const end = request.ends()?.source
  const port = end?.address === address ? end.port : 0
  return peer(address === '' ? undefined : { address, port }).text(4, principalOf(clientCertificate))
}

function peer(end: { readonly address: string; readonly port: number } | undefined): MessageWriter {
  const peer = new MessageWriter()
  if (end === undefined) return peer
  const socket = new MessageWriter().text(2, end.address).number(3, end.port)
  return peer.message(1, new MessageWriter().message(1, socket))
}

/** Of the names of a certificate the first URI, else the first DNS name, else its subject, as in Envoy. */
function principalOf(certificate: VerifiedCertificate | undefined): string {
  if (certificate === undefined) return ''
  const { names, subject } = certificate
  const uri = names.find(({ kind }) => kind === 'URI') ?? names.find(({ kind }) => kind === 'DNS')
  return uri?.value ?? subject
}

function timestamp(wall: number): MessageWriter {
  const seconds = Math.floor(wall / 1000)
  return new MessageWriter().number(1, seconds).number(2, Math.round(wall - seconds * 1000) * 1_000_000)
}

function httpRequest(
  request: RequestDraft,
  toldBody: Told['toldBody'],
  chosen: ReadonlySet<string> | undefined,
  body: BodyStart | undefined,
): MessageWriter {
  const { method, authority, path, query, fields } = request
  const target = query === '' ? path : `${path}?${query}`
  const scheme = requestScheme(request)
  const http = new MessageWriter().octets(1, fieldValue(fields, 'x-request-id') ?? '').text(2, method)
  const headers = toldFields(fields, chosen)
  headers.set(':authority', authority).set(':method', method).set(':path', target).set(':scheme', scheme)
  if (body !== undefined) headers.set(partialBody, body.isWhole ? 'false' : 'true')
  for (const [name, value] of headers) http.message(3, entry(name).octets(2, value))
  http.octets(4, target).octets(5, authority).text(6, scheme)
  http.number(9, body?.isWhole === true ? body.bytes.length : -1).text(10, request.protocol)
  if (body !== undefined && toldBody?.form === 'text') http.bytes(11, utf8Of(body.bytes))
  if (body !== undefined && toldBody?.form === 'bytes') http.bytes(12, body.bytes)
  return http
}

/** Header lines by name, in lower case; repeated ones are joined. */
function toldFields(fields: string, chosen: ReadonlySet<string> | undefined): Map<string, string> {
  const told = new Map<string, string>()
  eachField(fields, (name, value) => {
    const lower = name.toLowerCase()
    if (lower === partialBody || chosen?.has(lower) === false) return
    const known = told.get(lower)
    told.set(lower, known === undefined ? value : known + (lower === 'cookie' ? '; ' : ',') + value)
  })
  return told
}

/** An entry of the map of headers. */
function entry(name: string): MessageWriter {
  return new MessageWriter().octets(1, name)
}
