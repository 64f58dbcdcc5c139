import { isBodiless } from '../../src/http/status.ts'
import { BodyDecoder, type BodyLimits, type BodySink } from '../../src/wire/h1/body-decoder.ts'
import { HeadReader, needMore, refused } from '../../src/wire/h1/head-reader.ts'
import type { Refusal } from '../../src/wire/h1/refusal.ts'
import { parseRequestHead, RequestHead, type RequestPolicy } from '../../src/wire/h1/request-head.ts'
import { parseResponseHead, ResponseHead, type ResponsePolicy } from '../../src/wire/h1/response-head.ts'

/** The defaults of a listener. */
export const requestPolicy: RequestPolicy = Object.freeze({
  trusted: false,
  underscores: 'drop',
  encodedSlash: 'reject',
  scheme: 'http',
  fields: 100,
  head: 16_384,
  requestLine: 8192,
})

export const responsePolicy: ResponsePolicy = Object.freeze({ fields: 200, server: 'drop' })

export const bodyLimits: BodyLimits = Object.freeze({
  chunkExtension: 256,
  chunkExtensions: 1024,
  chunkAverage: 16,
  trailerFields: 20,
  trailers: 4096,
})

/** A message as plain data, to be compared: the properties of its head, its body as latin1, its trailer lines. */
export interface ReadMessage {
  readonly head: Readonly<Record<string, unknown>>
  readonly body: string
  readonly trailers: string
}

/** What came of the bytes of one connection. */
export interface ReadStream {
  readonly messages: readonly ReadMessage[]
  readonly refusal: Refusal | undefined
  /** `idle`: between messages; `closed`: behind one that ends the connection. */
  readonly rest: 'idle' | 'head' | 'body' | 'refused' | 'closed'
}

/** The public properties of a head, to be compared. */
export function asData(head: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(head))
}

/** Reads the requests in `pieces` as a connection would, and stops behind one that is the last. */
export function readRequests(pieces: readonly Buffer[], policy = requestPolicy): ReadStream {
  const head = new RequestHead()
  const parse = (text: string): Refusal | undefined => parseRequestHead(text, policy, head)
  const begin = (body: BodyDecoder): boolean => {
    if (head.chunked) body.begin('chunked', 0, bodyLimits, 'request', head.trailer)
    else body.begin(head.contentLength > 0 ? 'length' : 'none', head.contentLength, bodyLimits, 'request')
    return head.keepAlive
  }
  return readStream(new HeadReader('request', { line: 8192, head: 16_384 }), pieces, { parse, begin, head })
}

/** Reads the responses in `pieces`; `methods` are those of the requests they answer, GET when it runs out. */
export function readResponses(
  pieces: readonly Buffer[],
  methods: readonly string[] = [],
  ended: 'open' | 'ended' = 'open',
): ReadStream {
  const head = new ResponseHead()
  let answered = 0
  const parse = (text: string): Refusal | undefined => parseResponseHead(text, responsePolicy, head)
  const begin = (body: BodyDecoder): boolean => {
    const method = methods[answered] ?? 'GET'
    if (head.status >= 200) answered++
    const kind = isBodiless(head.status) || method === 'HEAD' ? 'none' : responseBody(head)
    body.begin(kind, head.contentLength, bodyLimits, 'response', head.trailer)
    return head.keepAlive && kind !== 'close' && head.status !== 101
  }
  const reader = new HeadReader('response', { line: 8192, head: 32_768 })
  return readStream(reader, pieces, { parse, begin, head }, ended)
}

function responseBody(head: ResponseHead): 'chunked' | 'length' | 'close' {
  if (head.chunked) return 'chunked'
  return head.contentLength >= 0 ? 'length' : 'close'
}

interface Side {
  readonly head: object
  parse(text: string): Refusal | undefined
  /** Starts the body; false when no message may follow. */
  begin(body: BodyDecoder): boolean
}

function readStream(
  reader: HeadReader,
  pieces: readonly Buffer[],
  side: Side,
  ended: 'open' | 'ended' = 'open',
): ReadStream {
  const messages: ReadMessage[] = []
  const body = new BodyDecoder()
  let inBody = false
  let goesOn = true
  let data = ''
  const complete = (trailers: string): void => {
    messages.push({ head: asData(side.head), body: data, trailers })
    inBody = false
  }
  const sink: BodySink = {
    onBodyData: (buffer, start, end) => {
      data += buffer.toString('latin1', start, end)
    },
    onBodyEnd: complete,
  }
  for (const piece of pieces) {
    let at = 0
    while (at < piece.length) {
      if (inBody) {
        at = body.push(piece, at, piece.length, sink)
        if (at < 0) return { messages, refusal: body.refusal, rest: 'refused' }
        continue
      }
      if (!goesOn) return { messages, refusal: undefined, rest: 'closed' }
      at = reader.push(piece, at, piece.length)
      if (at === refused) return { messages, refusal: reader.refusal, rest: 'refused' }
      if (at === needMore) break
      const refusal = side.parse(reader.text)
      if (refusal !== undefined) return { messages, refusal, rest: 'refused' }
      data = ''
      goesOn = side.begin(body)
      inBody = !body.done
      if (!inBody) complete('')
    }
  }
  if (inBody && ended === 'ended') body.finish(sink)
  const rest = inBody ? 'body' : goesOn ? (reader.empty ? 'idle' : 'head') : 'closed'
  return { messages, refusal: undefined, rest }
}
