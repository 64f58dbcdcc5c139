import { printAddress } from '../model/address.ts'
import type { Listener, SocketAddress } from '../model/listener.ts'

/** An address as something to click on or to paste: `http://127.0.0.1:8080`; a unix socket as it is written. */
export function addressUrl(address: SocketAddress): string {
  return address.kind === 'unix' ? printAddress(address) : `http://${printAddress(address)}`
}

/** Where a listener is reached: `https://127.0.0.1:8443`; one of TCP is no place to click on. */
export function listenerUrl({ role, tls }: Pick<Listener, 'role' | 'tls'>, address: SocketAddress): string {
  if (role.kind === 'tcp') return printAddress(address)
  const url = addressUrl(address)
  return tls === undefined ? url : url.replace(/^http:/, 'https:')
}
