import type { ListenerRole } from '../../model/listener.ts'
import type { Origin } from '../../model/origin.ts'
import type { Certificate, ClientCertificates, ListenerTls, TlsHost, TlsPolicy } from '../../model/tls.ts'
import type { NativeListenerTls, NativePolicy } from '../schema/listener-tls.ts'
import type { NativeCertificate, NativeClientCertificates } from '../schema/tls-policy.ts'
import type { Materials, Place } from './materials.ts'
import { targetTree } from './target.ts'

/** TLS towards clients as the model has it; what cannot be read is a problem of `materials`, and missing here. */
export function listenerTls(
  native: NativeListenerTls,
  role: ListenerRole['kind'],
  piece: Origin,
  materials: Materials,
): ListenerTls {
  const place: Place = { piece, field: 'tls' }
  const policy = policyOf(native, usual(role), place, materials)
  return {
    policy,
    certificates: certificatesOf(native.certificates, place, materials),
    hosts: native.hosts.map((host) => hostOf(host, policy, place, materials)),
    passthrough: native.passthrough.map(({ names, to }) => ({ names, target: targetTree(to) })),
    unknownNames: native.unknownNames,
    tickets: {
      mode: native.tickets.mode,
      keys: materials.ticketKeys(native.tickets.keys, place),
      rotation: native.tickets.rotation,
    },
    hsts: hstsText(native.hsts),
    handshakeTimeout: native.handshakeTimeout,
  }
}

/** What a listener has that says nothing. Bytes of TCP may be of any protocol, and promise none. */
function usual(role: ListenerRole['kind']): TlsPolicy {
  return {
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: [],
    curves: [],
    alpn: role === 'tcp' ? [] : ['h2', 'http/1.1'],
    clientCertificates: noClients,
  }
}

const noClients: ClientCertificates = {
  mode: 'off',
  ca: undefined,
  crl: undefined,
  depth: 4,
  names: [],
  forward: [],
}

/** What is left out is as `rest` has it. */
function policyOf(native: NativePolicy, rest: TlsPolicy, place: Place, materials: Materials): TlsPolicy {
  const { ciphers = rest.ciphers, curves = rest.curves, alpn = rest.alpn, clientCertificates } = native
  const { minVersion = rest.minVersion, maxVersion = rest.maxVersion } = native
  materials.checkNames(native.ciphers ?? [], native.curves ?? [], place)
  if (minVersion > maxVersion) materials.refuseVersions(minVersion, place)
  return {
    minVersion,
    maxVersion,
    ciphers,
    curves,
    alpn,
    clientCertificates:
      clientCertificates === undefined
        ? rest.clientCertificates
        : clientsOf(clientCertificates, place, materials),
  }
}

function clientsOf(native: NativeClientCertificates, place: Place, materials: Materials): ClientCertificates {
  const { mode, depth, names, forward } = native
  return {
    mode,
    ca: materials.ca(native.ca, place),
    crl: materials.crl(native.crl, place),
    depth,
    names,
    forward,
  }
}

function hostOf(
  native: NativeListenerTls['hosts'][number],
  rest: TlsPolicy,
  place: Place,
  materials: Materials,
): TlsHost {
  return {
    names: native.names,
    policy: policyOf(native, rest, place, materials),
    certificates: certificatesOf(native.certificates, place, materials),
  }
}

function certificatesOf(
  natives: readonly NativeCertificate[],
  place: Place,
  materials: Materials,
): Certificate[] {
  return natives.flatMap((native) => materials.certificate(native, place) ?? [])
}

function hstsText(native: NativeListenerTls['hsts']): string {
  if (native === 'off') return ''
  const { maxAge, includeSubDomains, preload } = native
  const parts = [
    `max-age=${maxAge}`,
    ...(includeSubDomains === 'on' ? ['includeSubDomains'] : []),
    ...(preload === 'on' ? ['preload'] : []),
  ]
  return parts.join('; ')
}
