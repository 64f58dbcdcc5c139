import type { ServerResponse } from 'node:http'
import { issue, makeCa } from './certificates.ts'
import { testFolder } from './folder.ts'
import { type TlsOrigin, tlsOrigin } from './tls-origin.ts'

/** What an issuer does when it is asked for its keys. */
export type KeysAnswer = (response: ServerResponse) => void

/** A real HTTPS server with a JWK set, which answers as it is told. */
export interface JwtIssuer extends AsyncDisposable {
  readonly url: string
  /** File of the authority that signed its certificate. */
  readonly ca: string
  /** A file with another authority. */
  readonly otherCa: string
  readonly server: TlsOrigin
  answer: KeysAnswer
}

export async function jwtIssuer(set: string): Promise<JwtIssuer> {
  const ca = makeCa()
  const folder = testFolder()
  const certificate = issue(ca, { name: 'issuer.test', altNames: ['IP:127.0.0.1'] })
  const issuer = { answer: keys(set) }
  const server = await tlsOrigin(certificate, {}, (_, response) => issuer.answer(response))
  return Object.assign(issuer, {
    url: `https://127.0.0.1:${server.port}/jwks`,
    ca: folder.write('ca.pem', ca.pem),
    otherCa: folder.write('other.pem', makeCa('Other CA').pem),
    server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  })
}

/** Answers with a set. */
export function keys(set: string, headers: Readonly<Record<string, string>> = {}): KeysAnswer {
  return (response) => response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(set)
}
