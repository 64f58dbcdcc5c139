import { acceptedCoding } from '../http/accept-encoding.ts'
import { fieldsOfBytes } from '../http/content-coding.ts'
import { fieldValue, hasField, withField, withoutFields } from '../http/field-block.ts'
import { isVaryingBy, listMembers } from '../http/list-members.ts'
import { isBodiless } from '../http/status.ts'
import type { Compress } from '../model/filters/compress.ts'
import type { RequestView } from '../model/request-view.ts'
import { contentCoder } from './content-coder.ts'
import type { Filter, RequestDraft, ResponseDraft } from './filter.ts'

/** What is true of the bytes upstream sent, and of no others; ranges are of them (RFC 9110 §14.3). */
const ofPlainBytes = ['accept-ranges', ...fieldsOfBytes]

/**
 * Sends responses in fewer bytes to clients that take them so: RFC 9110 §8.4, §12.5.3. What is coded already stays so, as do parts
 * (206), short bodies, types that are not listed, `no-transform`, and answers of the gateway itself whose body is not in the configuration.
 *
 * Where: in front of filters that change headers of the response, which then see what is sent. Costs nothing for responses that are
 * not compressed but a look at their headers. Buffers up to 32 KiB of short ones; never fails.
 */
export function compress(spec: Compress): Filter {
  const coders = new Map(spec.encodings.map((coding) => [coding, contentCoder(coding, spec.level)]))
  const isListed = typeMatcher(spec.types)

  function isCompressible({ status, length, fields }: ResponseDraft): boolean {
    if (isBodiless(status) || status === 206) return false
    if (length >= 0 && length < spec.minLength) return false
    if (hasField(fields, 'content-encoding') || forbidsChange(fields)) return false
    return isListed(fieldValue(fields, 'content-type'))
  }

  function onResponse(response: ResponseDraft, request: RequestView): void {
    if (response.status === 304) response.fields = unchanged(response.fields, request)
    if (response.length === 0 || !isCompressible(response)) return
    // Caches have to know that others get other bytes, whoever is answered now.
    response.fields = varying(response.fields)
    const coding = acceptedCoding(request.field('accept-encoding'), spec.encodings)
    if (coding === undefined || (spec.crossSite === 'leave' && isForged(request))) return
    response.fields = `${coded(response.fields)}content-encoding: ${coding}\r\n`
    response.coder = coders.get(coding)
  }

  return {
    kind: 'compress',
    summary: `${spec.encodings.join(', ')} (${spec.level}) for ${spec.types.join(', ')} from ${spec.minLength} bytes`,
    onRequest: undefined,
    onResponse,
    foresee: 'by running',
  }
}

/** What the view of a request may say of who its connection is. */
type Shown = Partial<Pick<RequestDraft, 'clientCertificate'>>

/**
 * Whether a page of another site makes the client say who it is, by what browsers send along: the page could guess at secrets of the
 * answer by its length.
 */
function isForged(request: RequestView & Shown): boolean {
  if (request.field('sec-fetch-site') !== 'cross-site') return false
  if (request.clientCertificate !== undefined) return true
  return request.field('cookie') !== undefined || request.field('authorization') !== undefined
}

/** RFC 9111 §5.2.2.6. */
function forbidsChange(fields: string): boolean {
  const control = fieldValue(fields, 'cache-control')
  return control !== undefined && listMembers(control).includes('no-transform')
}

function varying(fields: string): string {
  return isVaryingBy(fields, 'accept-encoding') ? fields : `${fields}vary: accept-encoding\r\n`
}

/**
 * The headers of 304 are those that the response would have had (RFC 9110 §15.4.5), which was compressed if the client knows it by
 * the weak form of the tag that the upstream gives.
 */
function unchanged(fields: string, request: RequestView): string {
  const tag = fieldValue(fields, 'etag')
  const isKnownWeak = tag?.startsWith('"') === true && request.field('if-none-match')?.includes(`W/${tag}`)
  return isKnownWeak === true ? withField(varying(fields), 'etag', `W/${tag}`) : fields
}

/** The headers of the same content in other bytes: a strong validator would promise the same bytes (RFC 9110 §8.8.1). */
function coded(fields: string): string {
  const left = withoutFields(fields, ofPlainBytes)
  const tag = fieldValue(left, 'etag')
  return tag?.startsWith('"') === true ? withField(left, 'etag', `W/${tag}`) : left
}

/**
 * @param types exact ones, `text/*`, and `application/*+json` for all with that suffix (RFC 6838 §4.2.8). Events of a server are
 * compressed only where their type is written out: they are short, each is waited for, and the stream stays for hours.
 */
function typeMatcher(types: readonly string[]): (contentType: string | undefined) => boolean {
  const exact = new Set(types)
  const open = types.filter((type) => type.includes('*')).map((type) => type.split('*'))
  return (contentType) => {
    if (contentType === undefined) return false
    const end = contentType.indexOf(';')
    const type = (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase()
    if (exact.has(type)) return true
    if (type === 'text/event-stream') return false
    return open.some(
      ([before = '', behind = '']) =>
        type.length > before.length + behind.length && type.startsWith(before) && type.endsWith(behind),
    )
  }
}
