import type { SocketAddress } from '../model/listener.ts'

/** An address as the operator writes it: `127.0.0.1:8080`, `[::1]:8080`, `unix:/run/x.sock`. */
export function addressText(address: SocketAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

/** The same as something to click on or to paste: `http://127.0.0.1:8080`. */
export function addressUrl(address: SocketAddress): string {
  return address.kind === 'unix' ? addressText(address) : `http://${addressText(address)}`
}
