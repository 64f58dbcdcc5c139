import { connect, Socket } from 'node:net'
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls'
import type { SocketAddress } from '../model/listener.ts'
import type { Materials } from '../tls/materials.ts'
import { identityFault } from '../tls/server-identity.ts'
import { sameTls, serverNameOf, UpstreamContext } from '../tls/upstream-context.ts'
import type { Cluster } from '../upstream/cluster.ts'
import type { Endpoint } from '../upstream/endpoint.ts'
import type { FailureReason } from './attempt.ts'
import { onreadInto } from './onread.ts'
import type { ReadBuffer } from './read-buffers.ts'
import { secureRead } from './tls/secure-read.ts'

/** How one connection to an endpoint is opened. */
export interface DialOptions {
  readonly endpoint: Pick<Endpoint, 'address' | 'key'>
  /** Looked at when it is dialled: its TLS, protocol and name. */
  readonly cluster: Pick<Cluster, 'spec'>
  /** `http`: what the cluster speaks is agreed on by ALPN; `bytes` promises nothing, and either side may end first. */
  readonly carries: 'http' | 'bytes'
  /** A header of the PROXY protocol, sent before everything else and outside of TLS; empty for none. */
  readonly header: Buffer
  /** Where the socket reads into, past the stream layer; `undefined` leaves reading to the stream. */
  readonly reading: { readonly buffer: ReadBuffer; readonly read: (length: number) => void } | undefined
  /** The connection stands, its handshake and the checks of the certificate included. */
  readonly onReady: () => void
}

/** A connection that is being opened, or stands. */
export interface Dialled {
  /** What is written before it stands waits, until the endpoint has proved who it is. `error` and `close` come as of any socket. */
  readonly socket: Socket
  /** Whether the cluster still connects like this, for any client: otherwise it is not used again. */
  isCurrent(): boolean
  /** Why it never stood, after `close`; `code` is what the socket's error said. */
  failure(code: string): DialFailure
}

export interface DialFailure {
  readonly reason: Extract<FailureReason, 'upstream_connect' | 'upstream_tls'>
  readonly detail: string
}

/** Opens connections to endpoints: plain, or by TLS as their clusters say. */
export class Dialer {
  readonly #materials: Materials
  /** By cluster, as long as that lives: an entry of other settings is replaced, with its sessions. */
  readonly #contexts = new WeakMap<object, UpstreamContext>()

  constructor(materials: Materials) {
    this.#materials = materials
  }

  dial(options: DialOptions): Dialled {
    const context = this.#contextOf(options.cluster)
    if (context === undefined) return this.#plain(options)
    if (typeof context === 'string') return refused(context)
    const isCurrent = (): boolean =>
      options.header.length === 0 && this.#contextOf(options.cluster) === context
    return new SecureDial(options, context, isCurrent)
  }

  #plain({ endpoint, cluster, carries, header, reading, onReady }: DialOptions): Dialled {
    const onread = reading === undefined ? {} : { onread: onreadInto(reading.buffer, reading.read) }
    const allowHalfOpen = carries === 'bytes'
    const socket = connect({ ...target(endpoint.address), allowHalfOpen, ...onread })
    if (header.length > 0) socket.write(header)
    socket.once('connect', onReady)
    return {
      socket,
      isCurrent: () => header.length === 0 && cluster.spec.tls === undefined,
      failure: (code) => ({ reason: 'upstream_connect', detail: code }),
    }
  }

  /** The context of a cluster's present settings, or why there is none. */
  #contextOf(cluster: Pick<Cluster, 'spec'>): UpstreamContext | string | undefined {
    const { tls } = cluster.spec
    if (tls === undefined) return undefined
    const known = this.#contexts.get(cluster)
    if (known !== undefined && sameTls(known.tls, tls)) {
      known.tls = tls
      return known
    }
    try {
      const made = new UpstreamContext(tls, this.#materials)
      this.#contexts.set(cluster, made)
      return made
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
}

/** A connection by TLS. Written text is held back by a cork until the endpoint's certificate has been accepted. */
class SecureDial implements Dialled {
  readonly socket: TLSSocket
  readonly isCurrent: () => boolean
  readonly #options: DialOptions
  readonly #context: UpstreamContext
  #isConnected = false

  constructor(options: DialOptions, context: UpstreamContext, isCurrent: () => boolean) {
    this.isCurrent = isCurrent
    this.#options = options
    this.#context = context
    this.socket = this.#open()
    this.socket.cork()
    this.socket.once('secureConnect', () => this.#onSecure())
    this.socket.on('session', (session: Buffer) => context.keepSession(options.endpoint.key, session))
  }

  failure(code: string): DialFailure {
    if (!this.#isConnected) return { reason: 'upstream_connect', detail: code }
    this.#context.forgetSession(this.#options.endpoint.key)
    return { reason: 'upstream_tls', detail: code }
  }

  #open(): TLSSocket {
    const { endpoint, cluster, header, carries } = this.#options
    const { tls, secure } = this.#context
    const serverName = serverNameOf(cluster.spec)
    const session = this.#context.session(endpoint.key)
    const host = serverName === '' && endpoint.address.kind === 'tcp' ? endpoint.address.host : serverName
    const allowHalfOpen = carries === 'bytes'
    const secureOptions = {
      allowHalfOpen,
      secureContext: secure,
      ...(serverName === '' ? {} : { servername: serverName }),
      ...(carries === 'http' ? { ALPNProtocols: [cluster.spec.protocol] } : {}),
      ...(session === undefined ? {} : { session }),
      rejectUnauthorized: tls.verify === 'on',
      checkServerIdentity: (_: string, certificate: PeerCertificate) => {
        const fault = identityFault(certificate, { host, names: tls.names })
        return fault === undefined ? undefined : new Error(fault)
      },
    }
    const onConnect = (): void => {
      this.#isConnected = true
    }
    if (header.length === 0) {
      return connectTls({ ...target(endpoint.address), ...secureOptions }).once('connect', onConnect)
    }
    const below = connect({ ...target(endpoint.address), allowHalfOpen }).once('connect', onConnect)
    below.write(header)
    const socket = connectTls({ socket: below, ...secureOptions })
    below.on('error', (error) => socket.destroy(error))
    return socket
  }

  #onSecure(): void {
    const { socket } = this
    const { carries, cluster, reading, onReady } = this.#options
    const agreed = socket.alpnProtocol
    const wanted = carries === 'http' ? cluster.spec.protocol : ''
    if (wanted === 'h2' && agreed !== 'h2') {
      socket.destroy(new Error('it does not speak HTTP/2: no ALPN "h2"'))
      return
    }
    if (reading !== undefined && secureRead(socket, reading.buffer, reading.read) === undefined) return
    socket.uncork()
    onReady()
  }
}

/** Whether a connection that stood was ended since the endpoint does not take our certificate: TLS 1.3 tells it that late. */
export function isTlsRefusal(code: string): boolean {
  return /^ERR_SSL_\w+_ALERT_/.test(code)
}

function target(address: SocketAddress): { host: string; port: number; noDelay: true } | { path: string } {
  return address.kind === 'unix'
    ? { path: address.path }
    : { host: address.host, port: address.port, noDelay: true }
}

/** A connection that is not even tried. */
function refused(detail: string): Dialled {
  const socket = new Socket()
  socket.destroy(new Error(detail))
  return { socket, isCurrent: () => false, failure: () => ({ reason: 'upstream_tls', detail }) }
}
