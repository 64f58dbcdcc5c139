import { forwardedElement } from '../http/forwarded.ts'
import type { Exchange } from './exchange.ts'
import type { ListenerRuntime } from './listener-runtime.ts'

/** The forwarding fields of one connection; for an untrusted peer they differ from request to request only with the host. */
export class Forwarding {
  #listener: ListenerRuntime | undefined = undefined
  #authority = ''
  #version = 1
  #text = ''

  /** @param exchange of this connection, begun. @param trusted what it says of the client is continued. */
  fields(listener: ListenerRuntime, exchange: Exchange, trusted: boolean): string {
    const { head } = exchange
    if (trusted || head.via !== '') return forwardingFields(listener, exchange)
    const same =
      listener === this.#listener && head.authority === this.#authority && head.version === this.#version
    if (same) return this.#text
    this.#listener = listener
    this.#authority = head.authority
    this.#version = head.version
    this.#text = forwardingFields(listener, exchange)
    return this.#text
  }
}

/**
 * The forwarding fields of a request: `x-forwarded-*`, and `forwarded` and `via` where the listener asks for them.
 * What a trusted proxy said is continued; from anybody else the codec let nothing through.
 *
 * The same text is given for every request of an untrusted connection and host.
 */
function forwardingFields(listener: ListenerRuntime, exchange: Exchange): string {
  const { head, peerAddress, scheme, tls } = exchange
  const authority = head.authority
  let fields = forwardedFor(head.forwardedFor, peerAddress)
  fields += `x-forwarded-proto: ${head.forwardedProto === '' ? scheme : head.forwardedProto}\r\n`
  fields += `x-forwarded-host: ${head.forwardedHost === '' ? authority : head.forwardedHost}\r\n`
  fields += `x-forwarded-port: ${head.forwardedPort === '' ? listener.port : head.forwardedPort}\r\n`
  if (listener.spec.forwarded === 'on') {
    const before = head.forwarded === '' ? '' : `${head.forwarded}, `
    fields += `forwarded: ${before}${forwardedElement(peerAddress, authority, scheme)}\r\n`
  }
  if (listener.spec.via === 'on') {
    fields += `via: ${head.via === '' ? '' : `${head.via}, `}${exchange.protocol.slice(5)} tidegate\r\n`
  } else if (head.via !== '') {
    fields += `via: ${head.via}\r\n`
  }
  return tls === undefined ? fields : fields + tls.clientCertificateFields
}

/** The chain with the peer at its end; a unix socket's peer has no address to add. */
function forwardedFor(before: string, peerAddress: string): string {
  if (peerAddress === '') return before === '' ? '' : `x-forwarded-for: ${before}\r\n`
  return `x-forwarded-for: ${before === '' ? '' : `${before}, `}${peerAddress}\r\n`
}
