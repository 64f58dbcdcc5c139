import { reasonPhrase } from '../../http/status.ts'

/**
 * A number is a content-length; `none` says nothing of a body; `close` ends the body with the connection. With `tunnel` the
 * message leaves HTTP (RFC 9110 §7.8): bytes follow it, each way until its end, and its fields hold one `upgrade` line.
 */
export type Framing = number | 'chunked' | 'none' | 'close' | 'tunnel'

/** Ends a chunk's data. */
export const chunkEnd = '\r\n'

/**
 * The complete head of a request, latin1. Parts must be validated. `connection` is left out: keep-alive is the default.
 *
 * @param fields header lines, end-to-end only, without host and framing.
 */
export function requestHeadText(
  method: string,
  target: string,
  host: string,
  fields: string,
  framing: Framing,
): string {
  return `${method} ${target} HTTP/1.1\r\nhost: ${host}\r\n${fields}${framingLines(framing)}`
}

/**
 * The complete head of a response, latin1.
 *
 * @param reason `""` takes the usual phrase.
 * @param connection `keep-alive` is only said to HTTP/1.0; framing by `close` says `close` whatever is given.
 */
export function responseHeadText(
  status: number,
  reason: string,
  fields: string,
  framing: Framing,
  connection: '' | 'close' | 'keep-alive',
): string {
  const phrase = reason === '' ? reasonPhrase(status) : reason
  const said = framing === 'close' ? 'close' : framing === 'tunnel' ? '' : connection
  const line = said === '' ? '' : said === 'close' ? 'connection: close\r\n' : 'connection: keep-alive\r\n'
  return `HTTP/1.1 ${status} ${phrase}\r\n${fields}${line}${framingLines(framing)}`
}

/** What stands before `size` bytes of data; never call it with 0, which would end the body. */
export function chunkStart(size: number): string {
  return `${size.toString(16)}\r\n`
}

/** The end of a chunked body. `trailers` are lines, `""` for none. */
export function lastChunk(trailers: string): string {
  return trailers === '' ? '0\r\n\r\n' : `0\r\n${trailers}\r\n`
}

/** With the empty line. */
function framingLines(framing: Framing): string {
  if (typeof framing === 'number') return `content-length: ${framing}\r\n\r\n`
  if (framing === 'tunnel') return 'connection: upgrade\r\n\r\n'
  return framing === 'chunked' ? 'transfer-encoding: chunked\r\n\r\n' : '\r\n'
}
