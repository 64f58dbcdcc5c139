import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import type { Echo } from './echo-pod.ts'

/** A request; what is left out is a plain GET of `/`. */
export interface Question {
  readonly host?: string
  readonly path?: string
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string
  /** The server name of TLS; the host without. Certificates are not checked: see `Answered.certificate`. */
  readonly serverName?: string
  /** Where the port is; loopback without. */
  readonly address?: string
}

export interface Answer {
  readonly status: number
  readonly httpVersion: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** What the pod said, when a pod answered. */
  readonly echo: Echo | undefined
  /** The certificate that was shown; `undefined` without TLS. */
  readonly certificate: PeerCertificate | undefined
}

/** Asks a port, on a connection of its own. */
export function askGateway(port: number, scheme: 'http' | 'https', question: Question = {}): Promise<Answer> {
  const { host = 'a.test', path = '/', method = 'GET', headers = {}, body } = question
  const { address = '127.0.0.1' } = question
  const options = { host: address, port, path, method, agent: false, headers: { host, ...headers } }
  // An address is no server name.
  const servername = question.serverName ?? (/^[\d.:]+$/.test(host) ? '' : host.replace(/:\d+$/, ''))
  return new Promise((resolve, reject) => {
    const sent =
      scheme === 'http'
        ? request(options)
        : secureRequest({ ...options, servername, rejectUnauthorized: false })
    sent.on('error', reject)
    sent.on('response', (response) => {
      // Before the connection closes, which forgets it.
      const certificate = scheme === 'https' ? (response.socket as TLSSocket).getPeerCertificate() : undefined
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => {
        text += piece
      })
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status = 0, httpVersion, headers } = response
        resolve({ status, httpVersion, headers, text, echo: echoOf(text), certificate })
      })
    })
    sent.end(body)
  })
}

function echoOf(text: string): Echo | undefined {
  if (!text.startsWith('{"path":')) return undefined
  return JSON.parse(text) as Echo
}
