import { type Readable, Stream } from 'node:stream'
import { isToken } from '../../http/tokens.ts'
import type { BodySink, UpstreamRequest } from '../call.ts'
import { type HeaderValues, lengthOf, linesOf } from './header-lines.ts'
import type { HostedCall } from './hosted-call.ts'
import type { SyntheticRequest } from './request.ts'
import { bytesOf } from './response.ts'
import { type TakeAnswer, UpstreamResponse } from './upstream-response.ts'

/** What @fastify/reply-from asks of an undici client. */
interface UpstreamQuestion {
  readonly method: string
  readonly headers: HeaderValues
  readonly body: unknown
}

/**
 * Stands in for an undici client below @fastify/http-proxy: whatever it is asked goes to the cluster of the very request that is
 * proxied. Reply-from takes anything with a method `request` for a client. Path and host are read from the request itself, as `URL`,
 * which http-proxy goes through, writes some of them anew.
 */
export class LetThrough {
  /** The call whose request reply-from is at; it asks before it returns. */
  #current: HostedCall | undefined

  /** Runs what leads to `request` being called for a call. */
  proxy(call: HostedCall, from: () => unknown): void {
    this.#current = call
    try {
      from()
    } finally {
      this.#current = undefined
    }
  }

  request({ method, headers, body }: UpstreamQuestion, take: TakeAnswer): void {
    const call = this.#current
    if (call === undefined) return take(new Error('reply.from() cannot be used in extensions of a gateway'))
    if (call.isOver) return
    if (call.upstream !== undefined) return take(new Error('a request goes to its cluster once'))
    const { request } = call
    const response = new UpstreamResponse(call, take)
    const isStraight = !request.isRead && (body === request || isNothing(body))
    const length = isStraight ? request.given.length : lengthOfBody(body, headers, request)
    const sink = call.letThrough(response, outgoing(method, headers, { request, length }))
    response.sendTo(sink)
    if (isStraight) request.leadTo(sink)
    else sendBody(body, sink, call)
  }

  /**
   * Takes a request that asks to leave HTTP to its cluster, past http-proxy, which would end the websocket here and open another.
   *
   * @param onSwitch the cluster said yes: bytes go both ways, and there is no response of Fastify's.
   * @param take the cluster's answer when it said no.
   */
  upgrade(call: HostedCall, headers: HeaderValues, onSwitch: () => void, take: TakeAnswer): void {
    const { request } = call
    const response = new UpstreamResponse(call, take)
    response.mayLeaveHttp(onSwitch)
    const asked = outgoing(request.method ?? 'GET', headers, { request, length: -1 })
    const upgrade = lineOfUpgrade(request.headers.upgrade)
    const sink = call.letThrough(response, { ...asked, fields: asked.fields + upgrade })
    response.sendTo(sink)
    request.leadTo(sink)
  }
}

function outgoing(
  method: string,
  headers: HeaderValues,
  { request, length }: { readonly request: SyntheticRequest; readonly length: number },
): UpstreamRequest {
  return {
    method: checked(method, 'method', isToken),
    target: checked(request.url ?? '', 'URL', isTarget),
    authority: checked(textOf(headers['host']), 'host', isHost),
    fields: linesOf(headers),
    length,
  }
}

/** An extension may take it away, and the cluster then gets an ordinary request. */
function lineOfUpgrade(protocol: string | undefined): string {
  return protocol === undefined ? '' : `upgrade: ${checked(protocol, 'protocol', isToken)}\r\n`
}

function checked(text: string, what: string, isGood: (text: string) => boolean): string {
  if (isGood(text)) return text
  throw new TypeError(
    `an extension left a ${what} that cannot be sent: ${JSON.stringify(text.slice(0, 100))}`,
  )
}

function isTarget(text: string): boolean {
  return /^[/*][\x21-\x7e\x80-\xff]*$/.test(text)
}

function isHost(text: string): boolean {
  return /^[\x21-\x7e\x80-\xff]*$/.test(text)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isNothing(body: unknown): boolean {
  return body === undefined || body === null || body === ''
}

/** Of a stream that is not the client's own, only the extension that made it knows. */
function lengthOfBody(body: unknown, headers: HeaderValues, own: Readable): number {
  if (isNothing(body)) return 0
  if (body === own) return lengthOf(headers['content-length'])
  if (body instanceof Stream) return -1
  return Buffer.byteLength(body as string | Buffer)
}

function sendBody(body: unknown, sink: BodySink, call: HostedCall): void {
  if (body instanceof Stream) return pipe(body as Readable, sink, call)
  if (!isNothing(body)) sink.data(bytesOf(body))
  sink.end()
}

/** A stream of an extension, or one it reads along with us. */
function pipe(body: Readable, sink: BodySink, call: HostedCall): void {
  const stop = (error?: Error): void => {
    if (!body.readableEnded)
      call.fail(error ?? new Error('the body for the cluster ended before it was complete'))
  }
  call.upstream?.onDrained(() => body.resume())
  body.on('data', (part: unknown) => {
    try {
      if (!sink.data(bytesOf(part))) body.pause()
    } catch (error) {
      body.destroy(error as Error)
    }
  })
  body.on('end', () => sink.end())
  body.on('error', stop)
  body.on('close', stop)
}
