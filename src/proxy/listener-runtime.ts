import { type CidrSet, parseCidrs } from '../http/cidr.ts'
import { clientAddress, forwardedChain, plainAddress } from '../http/forwarded.ts'
import type { Listener } from '../model/listener.ts'
import type { RequestHead, RequestPolicy } from '../wire/h1/request-head.ts'
import type { TlsStage } from './accept-stages.ts'

/** A listener as its connections meet it: everything its settings decide, worked out once. */
export interface ListenerRuntime {
  readonly spec: Listener
  /** Tells whether a request suits the handshake of its connection. */
  readonly tls: Pick<TlsStage, 'isMisdirected'> | undefined
  /** For peers nobody vouches for, and for trusted proxies. */
  readonly edgePolicy: RequestPolicy
  readonly trustedPolicy: RequestPolicy
  readonly trusted: CidrSet
  /** What `x-forwarded-port` says. */
  readonly port: string
  /** The upstream's `server` field does not go downstream. */
  readonly replacesServer: boolean
  /** Nor does its `strict-transport-security`: browsers take the first of several. */
  readonly replacesHsts: boolean
  /** Field lines every response gets, by the scheme of its request. */
  readonly responseFields: Readonly<Record<'http' | 'https', string>>
}

/** @param port the bound one, when the settings leave the choice to the system. */
export function listenerRuntime(spec: Listener, tls: ListenerRuntime['tls'], port?: string): ListenerRuntime {
  const policy: RequestPolicy = {
    trusted: false,
    underscores: spec.underscores,
    encodedSlash: spec.encodedSlash,
    scheme: spec.tls === undefined ? 'http' : 'https',
    fields: spec.limits.fields,
    head: spec.limits.head,
    requestLine: spec.limits.requestLine,
  }
  const server =
    spec.serverHeader === 'pass' || spec.serverHeader === '' ? '' : `server: ${spec.serverHeader}\r\n`
  const common = `${server}${spec.via === 'on' ? 'via: 1.1 tidegate\r\n' : ''}`
  const hsts =
    spec.tls === undefined || spec.tls.hsts === '' ? '' : `strict-transport-security: ${spec.tls.hsts}\r\n`
  return {
    spec,
    tls,
    edgePolicy: policy,
    trustedPolicy: { ...policy, trusted: true },
    trusted: parseCidrs(spec.trustedProxies),
    port: publicPortOf(spec, port),
    replacesServer: spec.serverHeader !== 'pass',
    replacesHsts: hsts !== '',
    responseFields: { http: common, https: `${common}${hsts}` },
  }
}

function publicPortOf({ address, publicPort }: Listener, bound: string | undefined): string {
  if (publicPort !== undefined) return String(publicPort)
  return bound ?? (address.kind === 'tcp' ? String(address.port) : '')
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
