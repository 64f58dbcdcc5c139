import type { TLSSocket } from 'node:tls'
import type { Reason } from '../../model/reasons.ts'

/** Codes of OpenSSL that are about a client's certificate before it was verified. */
const certificateCodes: ReadonlySet<string> = new Set([
  'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE',
  'ERR_SSL_CERTIFICATE_VERIFY_FAILED',
  'ERR_SSL_EXCESSIVE_MESSAGE_SIZE',
])

/** Why a handshake came to nothing; the detail is a code, never content of what was sent. */
export function failureOf(
  error: NodeJS.ErrnoException,
  socket: TLSSocket,
): { readonly reason: Reason; readonly detail: string } {
  // The types know an Error; it is the code of what is wrong with the client's certificate.
  const wrong: unknown = socket.authorizationError
  if (typeof wrong === 'string') return { reason: 'tls_client_certificate', detail: wrong }
  const detail = error.code ?? error.message
  if (certificateCodes.has(detail)) return { reason: 'tls_client_certificate', detail }
  return { reason: detail.startsWith('ERR_SSL_') ? 'tls_handshake' : 'client_closed', detail }
}
