import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket, TlsOptions } from 'node:tls'
import type { MadeCertificate } from './certificates.ts'

/** What the origin saw of a connection. */
export interface SecureConnection {
  /** `""` when the client sent none. */
  readonly serverName: string
  readonly alpn: string
  readonly resumed: boolean
  /** Common name of the client's certificate; `""` for none. */
  readonly client: string
}

/** An HTTPS server; unless told otherwise it answers every request with 200 and its path. */
export interface TlsOrigin extends AsyncDisposable {
  readonly address: string
  readonly port: number
  readonly connections: SecureConnection[]
  /** Paths of the requests that came. */
  readonly requests: string[]
  /** Shows another certificate from the next handshake on. */
  show(certificate: MadeCertificate): void
}

export async function tlsOrigin(
  certificate: MadeCertificate,
  options: TlsOptions = {},
  answer: (request: IncomingMessage, response: ServerResponse) => void = answerWithPath,
): Promise<TlsOrigin> {
  const connections: SecureConnection[] = []
  const requests: string[] = []
  const server = createServer(
    { cert: certificate.pem, key: certificate.keyPem, ...options },
    (request, response) => {
      requests.push(request.url ?? '')
      request.resume()
      request.on('end', () => answer(request, response))
    },
  )
  server.on('secureConnection', (socket) => connections.push(seen(socket)))
  server.on('tlsClientError', () => {})
  server.on('clientError', (_, socket) => socket.destroy())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    address: `127.0.0.1:${port}`,
    port,
    connections,
    requests,
    show: (next) => server.setSecureContext({ cert: next.pem, key: next.keyPem, ...options }),
    [Symbol.asyncDispose]: () => closed(server),
  }
}

function answerWithPath({ url }: IncomingMessage, response: ServerResponse): void {
  const body = `served ${url}`
  response.writeHead(200, { 'content-length': body.length }).end(body)
}

function seen(socket: TLSSocket): SecureConnection {
  const { servername, alpnProtocol } = socket as TLSSocket & { servername?: string | false }
  return {
    serverName: servername === undefined || servername === false ? '' : servername,
    alpn: alpnProtocol === false || alpnProtocol === null ? '' : alpnProtocol,
    resumed: socket.isSessionReused(),
    client: String(socket.getPeerCertificate().subject?.CN ?? ''),
  }
}

async function closed(server: Server): Promise<void> {
  const gone = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await gone
}
