import { get as getPlain, type IncomingMessage, type RequestOptions } from 'node:http'
import { get as getSecure } from 'node:https'
import type { DocumentRequest, FetchDocument, FetchedDocument } from '../filters/jwt/fetch-keys.ts'
import type { Materials } from '../tls/materials.ts'

/**
 * Fetches small documents, such as keys of an issuer: one connection each, certificates always checked, no redirects, no proxy of
 * the environment, nothing but 200 taken, and all of it within one deadline.
 */
export function documentFetcher(materials: Pick<Materials, 'ca'>): FetchDocument {
  return async (request) => {
    const { ca, timeoutMs } = request
    const authorities = ca === undefined ? undefined : materials.ca(ca)?.certificates
    if (ca !== undefined && authorities === undefined)
      return { kind: 'forgotten', why: 'the authorities to check the server with are missing' }
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      return await read(await answer(request, authorities, signal), request)
    } catch (error) {
      if (signal.aborted) return failed(`no complete answer within ${timeoutMs} ms`)
      return failed(error instanceof Error ? error.message : String(error))
    }
  }
}

function answer(
  { url }: DocumentRequest,
  ca: string | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const common: RequestOptions = {
    agent: false,
    signal,
    maxHeaderSize: 16_384,
    headers: { accept: 'application/jwk-set+json, application/json', 'user-agent': 'tidegate' },
  }
  const secure = { ...common, rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca && { ca }) } as const
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const sent = url.startsWith('https:') ? getSecure(url, secure, resolve) : getPlain(url, common, resolve)
  sent.on('error', reject)
  // RFC 9110 §7.8: nobody asked for another protocol. Node drops such a connection, and tells no error.
  sent.on('close', () => reject(new Error('the connection ended without an answer, or changed its protocol')))
  return promise
}

async function read(response: IncomingMessage, { most }: DocumentRequest): Promise<FetchedDocument> {
  const { statusCode = 0, headers } = response
  const flaw = flawOf(statusCode, headers['content-encoding'])
  if (flaw !== undefined) {
    response.destroy()
    return failed(flaw)
  }
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length
    // Leaving the loop destroys the connection.
    if (bytes > most) return failed(`the answer is larger than ${most} bytes`)
    pieces.push(piece)
  }
  return {
    kind: 'fetched',
    text: Buffer.concat(pieces).toString('utf8'),
    maxAgeMs: maxAge(headers['cache-control']),
  }
}

function flawOf(status: number, encoding: string | undefined): string | undefined {
  if (status >= 300 && status < 400) return `the answer is a redirect (${status}), which is not followed`
  if (status !== 200) return `the answer is ${status}`
  return encoding === undefined || encoding === 'identity' ? undefined : `the answer is encoded`
}

/** RFC 9111 §5.2.2.1; seconds. What says that it is not to be kept is as good as no age. */
function maxAge(field: string | undefined): number | undefined {
  const seconds = /(?:^|[,\s])max-age=(\d{1,9})(?:$|[,\s])/i.exec(field ?? '')?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1000
}

function failed(why: string): FetchedDocument {
  return { kind: 'failed', why }
}
