import type { ContentCoder } from '../filters/content-coder.ts'
import type { OwnBody } from '../filters/filter.ts'
import { DateText } from '../http/date.ts'
import { isBodiless, reasonPhrase } from '../http/status.ts'
import { reasons } from '../model/reasons.ts'
import type { LocalReply } from '../model/reply.ts'
import type { Bytes } from '../std/units.ts'
import { codedBody } from './coded-body.ts'
import type { EncodedResponse } from './encoded-response.ts'
import type { Exchange } from './exchange.ts'
import { filteredResponse } from './filtered-response.ts'
import { finish } from './finish.ts'
import { callStatusFields } from './grpc/call.ts'
import { replies } from './rescue.ts'

/** A rest of a request this small is read and thrown away, so that the connection can go on. RFC 9112 §9.3. */
export const drainedBytes: Bytes = 64 * 1024

const date = new DateText()

/**
 * Answers a request with a reply of the gateway's own, and ends it. The response filters of its route see it like any other
 * response. Once a response has begun it can only be broken off.
 */
export function respond(exchange: Exchange, reply: LocalReply): void {
  if (exchange.encoded !== undefined) withdraw(exchange, exchange.encoded)
  const { sink } = exchange
  exchange.reason = reply.reason
  exchange.detail = reply.detail
  if (exchange.isGrpc) return respondToCall(exchange, reply)
  if (exchange.headSent) {
    sink?.abort()
    return finish(exchange)
  }
  exchange.status = reply.status
  const body = replyBody(exchange, reply)
  const close = replies[reply.reason].close || mustClose(exchange)
  exchange.headSent = true
  const fields = replyFields(exchange, reply, body.type)
  const known = body.fixed === undefined ? 0 : body.text.length
  const filtered = filteredResponse(exchange, reply.status, fields, known)
  const coded = codedText(exchange, body, filtered?.coder)
  const length = coded?.length ?? body.text.length
  exchange.responseBytes = exchange.method === 'HEAD' ? 0 : length
  // RFC 9110 §8.6: a 204 has no length, and a 304 none but that of the content that is not sent.
  const framing = isBodiless(reply.status) ? 'none' : length
  sink?.sendHead(reply.status, reasonPhrase(reply.status), filtered?.fields ?? fields, framing, close)
  if (length > 0 && exchange.method !== 'HEAD')
    sink?.sendData(coded ?? Buffer.from(body.text, 'latin1'), 0, length, false)
  sink?.sendEnd('')
  sink?.flush()
  finish(exchange)
}

/** What is sent in the place of a body, if a filter has it compressed. */
function codedText(exchange: Exchange, body: ReplyBody, coder: ContentCoder | undefined): Buffer | undefined {
  if (coder === undefined || body.fixed === undefined) return undefined
  const coded = codedBody(coder, body.fixed, body.text)
  const { runtime, method, traffic } = exchange
  if (runtime !== undefined && method !== 'HEAD')
    traffic.counters.compressed(runtime, coder.coding, body.text.length, coded.length)
  return coded
}

/** A response that waits to be compressed as a whole has not begun for its client. */
function withdraw(exchange: Exchange, encoded: EncodedResponse): void {
  const sink = encoded.withdraw()
  if (sink === undefined) return
  exchange.sink = sink
  exchange.encoded = undefined
  exchange.headSent = false
}

/** Ends a gRPC call: with a head alone, or with trailers when the response has begun, so that its client knows the code. */
function respondToCall(exchange: Exchange, reply: LocalReply): void {
  const { sink } = exchange
  const status = callStatusFields(exchange, reply)
  if (exchange.headSent) sink?.sendEnd(status)
  else {
    exchange.status = 200
    exchange.headSent = true
    const fields = replyFields(exchange, { ...reply, fields: '' }, 'application/grpc')
    sink?.sendHead(200, '', filteredFields(exchange, fields + status), 'none', false)
    sink?.sendEnd('')
  }
  sink?.flush()
  finish(exchange)
}

/** Whether too much of the request is still to come, or nobody knows how much. */
function mustClose(exchange: Exchange): boolean {
  return requestRest(exchange) > drainedBytes
}

/** Bytes of the request that are still to come; `Infinity` when nobody knows, or the client waits to be asked for them. */
export function requestRest(exchange: Exchange): Bytes {
  // What follows the question for a tunnel is no request, whatever the answer. Hardening U05.
  if (exchange.upgrade !== undefined) return Number.POSITIVE_INFINITY
  if (exchange.requestComplete) return 0
  const { head, requestBody } = exchange
  if (head.chunked || isUnasked(exchange)) return Number.POSITIVE_INFINITY
  return head.contentLength - requestBody.bytes
}

/** Whether the client still waits for a 100 before it sends its body. */
function isUnasked(exchange: Exchange): boolean {
  return exchange.head.expectContinue && !exchange.continued && exchange.requestBody.bytes === 0
}

function filteredFields(exchange: Exchange, fields: string): string {
  return filteredResponse(exchange, exchange.status, fields, 0)?.fields ?? fields
}

function replyFields(exchange: Exchange, reply: LocalReply, type: string): string {
  const detailed = exchange.listenerRuntime?.spec.errorDetail === 'on'
  let fields = `date: ${date.at(exchange.traffic.clock.wall())}\r\n${reply.fields}`
  if (type !== '') fields += `content-type: ${type}\r\n`
  if (detailed) fields += `x-tidegate-reason: ${reply.reason}\r\n`
  return `${fields}${exchange.listenerRuntime?.responseFields[exchange.scheme] ?? ''}x-request-id: ${exchange.requestId}\r\n`
}

const plain = 'text/plain; charset=utf-8'

interface ReplyBody extends OwnBody {
  /** What stands for a body that is the same every time. */
  readonly fixed?: object
}

function replyBody(exchange: Exchange, reply: LocalReply): ReplyBody {
  if (reply.body !== undefined) {
    const type = reply.body === '' || /^content-type:/im.test(reply.fields) ? '' : plain
    const text = Buffer.from(reply.body).toString('latin1')
    return reply.isFixed === true ? { text, type, fixed: reply } : { text, type }
  }
  if (reply.status === 204 || reply.status === 304) return { text: '', type: '' }
  const page = pageOf(exchange, reply.status)
  if (page !== undefined) return { ...page, fixed: page }
  if (exchange.listenerRuntime?.spec.errorDetail !== 'on') {
    return { text: `${reasonPhrase(reply.status)}\nrequest id ${exchange.requestId}\n`, type: plain }
  }
  const accept = exchange.field('accept') ?? ''
  return accept.includes('text/html') ? htmlBody(exchange, reply) : problemBody(exchange, reply)
}

/** Of the filters of its route the first that has one. */
function pageOf(exchange: Exchange, status: number): OwnBody | undefined {
  for (const filter of exchange.runtime?.filters ?? []) {
    const page = filter.ownBody?.(status)
    if (page !== undefined) return page
  }
  return undefined
}

/** RFC 9457. */
function problemBody(exchange: Exchange, reply: LocalReply): OwnBody {
  const facts = reasons[reply.reason]
  const problem = {
    type: `urn:tidegate:reason:${reply.reason}`,
    title: facts.text,
    status: reply.status,
    detail: reply.detail,
    reason: reply.reason,
    remedy: facts.remedy,
    requestId: exchange.requestId,
  }
  const text = Buffer.from(`${JSON.stringify(problem, undefined, 2)}\n`).toString('latin1')
  return { text, type: 'application/problem+json' }
}

function htmlBody(exchange: Exchange, reply: LocalReply): OwnBody {
  const facts = reasons[reply.reason]
  const title = `${reply.status} ${reasonPhrase(reply.status)}`
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:4em auto;padding:0 1em}code{background:#eee;padding:.1em .3em}</style>
</head><body>
<h1>${title}</h1>
<p>${escapeHtml(facts.text)}: ${escapeHtml(reply.detail)}</p>
<p>What helps: ${escapeHtml(facts.remedy)}.</p>
<p>Reason <code>${reply.reason}</code>, request id <code>${exchange.requestId}</code></p>
</body></html>
`
  return { text: Buffer.from(html).toString('latin1'), type: 'text/html; charset=utf-8' }
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
