import type { NetConnectOpts } from 'node:net'
import { bodyText, type Message } from './message-reader.ts'
import { RawClient, status } from './raw-client.ts'

/** An answer as most tests look at it. */
export interface Answered {
  readonly status: number
  readonly body: string
  readonly message: Message
}

/**
 * Sends one request on a connection of its own and gives the answer.
 *
 * @param request complete bytes; the method is read from them.
 */
export async function ask(to: number | NetConnectOpts, request: string): Promise<Answered> {
  using client = await RawClient.connect(to)
  const message = await client
    .expect(request.split(' ', 1)[0] ?? 'GET')
    .send(request)
    .response(0)
  return { status: status(message), body: bodyText(message), message }
}

/** A GET for `a.test`; `fields` is lines with their CRLF. */
export function getRequest(target: string, fields = '', host = 'a.test'): string {
  return `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`
}

/** A POST for `a.test` with a length. */
export function postRequest(target: string, body: string, fields = ''): string {
  return `POST ${target} HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${Buffer.byteLength(body, 'latin1')}\r\n${fields}\r\n${body}`
}
