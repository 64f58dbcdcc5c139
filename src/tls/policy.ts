import { constants } from 'node:crypto'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { fingerprint } from '../model/hash.ts'
import type { ListenerTls, TlsPolicy } from '../model/tls.ts'

/** Forward secrecy and authenticated encryption alone; the cheaper of two equally good ones first. */
export const defaultCiphers: readonly string[] = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
]

const classicCurves = ['X25519', 'P-256', 'P-384']
/** Hybrid with ML-KEM: what browsers send since 2024. OpenSSL has it from 3.5 on. */
const postQuantumCurve = 'X25519MLKEM768'

let probedCurves: readonly string[] | undefined

/** The groups we agree on by default, with the post-quantum one first where this Node has it. */
export function defaultCurves(): readonly string[] {
  probedCurves ??= hasCurve(postQuantumCurve) ? [postQuantumCurve, ...classicCurves] : classicCurves
  return probedCurves
}

/** The part of a server's options that its policy decides, but for who its clients are. */
export function policyOptions(policy: TlsPolicy): SecureContextOptions {
  const ciphers = policy.ciphers.length === 0 ? defaultCiphers : policy.ciphers
  const curves = policy.curves.length === 0 ? defaultCurves() : policy.curves
  return {
    minVersion: policy.minVersion,
    maxVersion: policy.maxVersion,
    ciphers: ciphers.join(':'),
    ecdhCurve: curves.join(':'),
    honorCipherOrder: true,
  }
}

/**
 * Flags of OpenSSL for a server: no renegotiation (it lets a client change who it is, and costs a handshake each time); ChaCha20
 * for those clients that prefer it, since they have no AES in hardware.
 */
export function secureOptions(tickets: ListenerTls['tickets']): number {
  const always = constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_PRIORITIZE_CHACHA
  return tickets.mode === 'on' ? always : always | constants.SSL_OP_NO_TICKET
}

/** Equal for policies under which a session may be resumed: a new CA bundle or revocation list makes it another one. */
export function policyKey(policy: TlsPolicy, tickets: ListenerTls['tickets']): string {
  const { minVersion, maxVersion, ciphers, curves, alpn } = policy
  const clients = clientsKey(policy)
  return fingerprint([minVersion, maxVersion, ciphers, curves, alpn, clients, tickets.mode, tickets.keys])
}

/** Equal for policies that want the same of clients; without a dot. */
export function clientsKey({ clientCertificates }: TlsPolicy): string {
  const { mode, ca, crl, depth, names, forward } = clientCertificates
  return mode === 'off' ? 'anybody' : fingerprint([mode, ca, crl, depth, names, forward])
}

function hasCurve(name: string): boolean {
  try {
    createSecureContext({ ecdhCurve: name })
    return true
  } catch {
    return false
  }
}
