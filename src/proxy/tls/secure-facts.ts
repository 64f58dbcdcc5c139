import type { TLSSocket } from 'node:tls'
import type { ClientVerdict } from '../../tls/client-certificate.ts'
import type { Terminator } from '../../tls/terminator.ts'
import type { SecureFacts } from '../client.ts'

/** What a handshake agreed on, for as long as its connection lives. */
export function secureFacts(
  socket: TLSSocket,
  serverName: string,
  terminator: Terminator,
  client: Exclude<ClientVerdict, { readonly refusal: string }>,
): SecureFacts {
  const alpn: unknown = socket.alpnProtocol
  return {
    serverName,
    alpn: alpn === 'h2' || alpn === 'http/1.1' ? alpn : '',
    version: oneOf(socket.getProtocol() ?? ''),
    cipher: oneOf(socket.getCipher().name),
    policy: terminator.group,
    certificate: terminator.certificate,
    clientCertificateFields: client.fields,
    clientCertificate: client.certificate,
  }
}

const known = new Map<string, string>()

/** The same string object for the same text: ten thousand idle connections need not keep it as often. */
function oneOf(text: string): string {
  const first = known.get(text)
  if (first !== undefined) return first
  known.set(text, text)
  return text
}
