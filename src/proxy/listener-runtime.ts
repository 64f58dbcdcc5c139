import { type CidrSet, parseCidrs } from '../http/cidr.ts'
import { clientAddress, forwardedChain, forwardedElement, plainAddress } from '../http/forwarded.ts'
import type { Listener } from '../model/listener.ts'
import type { RequestHead, RequestPolicy } from '../wire/h1/request-head.ts'

/** A listener as its connections meet it: everything its settings decide, worked out once. */
export interface ListenerRuntime {
  readonly spec: Listener
  /** For peers nobody vouches for, and for trusted proxies. */
  readonly edgePolicy: RequestPolicy
  readonly trustedPolicy: RequestPolicy
  readonly trusted: CidrSet
  /** What `x-forwarded-port` says. */
  readonly port: string
  /** The upstream's `server` field does not go downstream. */
  readonly replacesServer: boolean
  /** Field lines every response gets. */
  readonly responseFields: string
}

/** @param port the bound one, when the settings leave the choice to the system. */
export function listenerRuntime(spec: Listener, port?: string): ListenerRuntime {
  const policy: RequestPolicy = {
    trusted: false,
    underscores: spec.underscores,
    encodedSlash: spec.encodedSlash,
    fields: spec.limits.fields,
    head: spec.limits.head,
    requestLine: spec.limits.requestLine,
  }
  const server =
    spec.serverHeader === 'pass' || spec.serverHeader === '' ? '' : `server: ${spec.serverHeader}\r\n`
  return {
    spec,
    edgePolicy: policy,
    trustedPolicy: { ...policy, trusted: true },
    trusted: parseCidrs(spec.trustedProxies),
    port: port ?? (spec.address.kind === 'tcp' ? String(spec.address.port) : ''),
    replacesServer: spec.serverHeader !== 'pass',
    responseFields: `${server}${spec.via === 'on' ? 'via: 1.1 tidegate\r\n' : ''}`,
  }
}

/** Whether forwarding fields of this peer are believed; a unix socket's peer is whoever may open the file. */
export function isTrusted(listener: ListenerRuntime, peerAddress: string): boolean {
  if (listener.spec.trustedProxies.length === 0) return false
  return peerAddress === '' || listener.trusted.has(peerAddress)
}

/** The peer's address as everything else uses it: IPv4 inside IPv6 as IPv4, shortest form, `""` for a unix socket. */
export function peerAddressOf(remoteAddress: string | undefined): string {
  if (remoteAddress === undefined || remoteAddress === '') return ''
  return plainAddress(remoteAddress) ?? remoteAddress
}

/** The client's address behind trusted proxies. */
export function clientBehind(listener: ListenerRuntime, head: RequestHead, peerAddress: string): string {
  const chain = head.forwardedFor === '' ? forwardedChain(head.forwarded) : head.forwardedFor
  return clientAddress(
    head.forwardedFor === '' && head.forwarded === '' ? '' : chain,
    peerAddress,
    listener.spec.trustedHops,
  )
}

/**
 * The forwarding fields of a request: `x-forwarded-*`, and `forwarded` and `via` where the listener asks for them.
 * What a trusted proxy said is continued; from anybody else the codec let nothing through.
 *
 * @param head what trusted peers sent; the same text is given for every request of an untrusted connection and host.
 */
export function forwardingFields(
  listener: ListenerRuntime,
  head: RequestHead,
  peerAddress: string,
  scheme: 'http' | 'https',
): string {
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
    fields += `via: ${head.via === '' ? '' : `${head.via}, `}1.${head.version} tidegate\r\n`
  } else if (head.via !== '') {
    fields += `via: ${head.via}\r\n`
  }
  return fields
}

/** The chain with the peer at its end; a unix socket's peer has no address to add. */
function forwardedFor(before: string, peerAddress: string): string {
  if (peerAddress === '') return before === '' ? '' : `x-forwarded-for: ${before}\r\n`
  return `x-forwarded-for: ${before === '' ? '' : `${before}, `}${peerAddress}\r\n`
}
