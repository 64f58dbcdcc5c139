import type { SocketAddress } from './listener.ts'

/** An address as an operator writes it: `10.0.0.5:8080`, `[::1]:8080`, `unix:/run/x.sock`. */
export function printAddress(address: SocketAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`
}

/** Whether only this host can reach it. */
export function isLocal(address: SocketAddress): boolean {
  return address.kind === 'unix' || address.host === '::1' || address.host.startsWith('127.')
}
