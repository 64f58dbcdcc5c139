import { printAddress } from '../model/address.ts'
import type { SocketAddress } from '../model/listener.ts'

/** An address as something to click on or to paste: `http://127.0.0.1:8080`; a unix socket as it is written. */
export function addressUrl(address: SocketAddress): string {
  return address.kind === 'unix' ? printAddress(address) : `http://${printAddress(address)}`
}
