import { hash } from 'node:crypto'

/** The only version of the protocol there is. RFC 6455 §4.1. */
export const websocketVersion = '13'

/** What every accept value is made with. RFC 6455 §1.3. */
const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

const key = /^[A-Za-z0-9+/]{22}==$/

/** Whether `text` is the base64 of 16 bytes, as `sec-websocket-key` has to be. */
export function isWebsocketKey(text: string | undefined): boolean {
  return text !== undefined && key.test(text)
}

/** What `sec-websocket-accept` says in answer to a key. RFC 6455 §4.2.2. */
export function websocketAccept(websocketKey: string): string {
  return hash('sha1', websocketKey + guid, 'base64')
}
