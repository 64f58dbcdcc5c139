import { once } from 'node:events'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type { MadeCertificate } from './certificates.ts'
import { type TestFolder, testFolder } from './folder.ts'
import { type Config, startGateway, type TestGateway } from './gateway.ts'
import { Origin } from './origin.ts'
import { within } from './raw-client.ts'

/** Files of certificates for a configuration. */
export interface CertificateFiles extends TestFolder {
  /** `cert` and `key` of a certificate, for `certificates`. */
  pair(name: string, made: MadeCertificate, chain?: readonly MadeCertificate[]): Config
  bundle(name: string, authorities: readonly MadeCertificate[]): string
}

export function certificateFiles(): CertificateFiles {
  const folder = testFolder()
  const text = (all: readonly MadeCertificate[]): string => all.map(({ pem }) => pem).join('')
  return {
    ...folder,
    pair: (name, made, chain = []) => ({
      cert: folder.write(`${name}.crt`, text([made, ...chain])),
      key: folder.write(`${name}.key`, made.keyPem),
    }),
    bundle: (name, authorities) => folder.write(name, text(authorities)),
  }
}

export interface TlsGateway extends AsyncDisposable {
  readonly gateway: TestGateway
  readonly origin: Origin
  readonly port: number
  /** Takes other TLS settings, as a reload does. */
  install(tls: Config): Promise<void>
}

/** What stands beside the TLS listener; the routes come before the one to the origin. */
export interface Beside {
  readonly listeners?: readonly Config[]
  readonly routes?: readonly Config[]
  readonly clusters?: Config
}

/** A gateway with a TLS listener and a route to an origin. */
export async function tlsGateway(tls: Config, beside: Beside = {}): Promise<TlsGateway> {
  const { listeners = [], routes = [], clusters = {} } = beside
  const origin = await Origin.start()
  const config = (settings: Config): Config => ({
    listeners: [{ name: 'web', address: '127.0.0.1:0', tls: settings }, ...listeners],
    routes: [...routes, { to: 'origin' }],
    clusters: { origin: { endpoints: [origin.address] }, ...clusters },
  })
  const gateway = await startGateway(config(tls))
  return {
    gateway,
    origin,
    port: gateway.port('web'),
    install: (settings) => gateway.install(config(settings)),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await origin[Symbol.asyncDispose]()
    },
  }
}

/** How a connection with TLS went. */
export interface Visit {
  /** Of the response; 0 when none came. */
  readonly status: number
  readonly response: string
  /** OpenSSL's code of what ended the handshake or the connection; `""` for none. */
  readonly error: string
  readonly version: string
  readonly cipher: string
  readonly alpn: string
  /** The server's certificate: its serial, lower case. */
  readonly serial: string
  readonly reused: boolean
  /** What resumes it; `undefined` when the server gave no ticket. */
  readonly session: Buffer | undefined
}

/** Sends one request on a connection of its own, and tells what came of it. */
export async function visit(
  port: number,
  options: ConnectionOptions,
  host = 'a.test',
  target = '/',
): Promise<Visit> {
  const client = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
  let response = ''
  let error = ''
  let session: Buffer | undefined
  let facts = { version: '', cipher: '', alpn: '', serial: '', reused: false }
  client.on('session', (ticket) => {
    session = ticket
  })
  client.on('error', (failure: NodeJS.ErrnoException) => {
    error ||= failure.code ?? failure.message
  })
  client.on('data', (data: Buffer) => {
    response += data.toString('latin1')
  })
  client.on('secureConnect', () => {
    facts = factsOf(client)
    client.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  })
  await within(closed(client), `the end of a connection after ${JSON.stringify(response)}`)
  return { status: Number(response.slice(9, 12)), response, error, session, ...facts }
}

async function closed(client: TLSSocket): Promise<void> {
  await new Promise((resolve) => {
    client.once('close', resolve)
  })
}

function factsOf(client: TLSSocket): Pick<Visit, 'version' | 'cipher' | 'alpn' | 'serial' | 'reused'> {
  const alpn: unknown = client.alpnProtocol
  return {
    version: client.getProtocol() ?? '',
    cipher: client.getCipher().name,
    alpn: typeof alpn === 'string' ? alpn : '',
    serial: client.getPeerX509Certificate()?.serialNumber.toLowerCase() ?? '',
    reused: client.isSessionReused(),
  }
}

/** A connection that stays, after its handshake. */
export async function secureClient(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const client = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
  await within(once(client, 'secureConnect'), 'the handshake')
  return client
}
