import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Material } from '../../src/model/material.ts'
import type { ClientCertificates, ListenerTls, TlsPolicy } from '../../src/model/tls.ts'
import type { NameTree } from '../../src/names/name-tree.ts'
import type { SecureFacts } from '../../src/proxy/client.ts'
import { ReadBuffer } from '../../src/proxy/read-buffers.ts'
import { HandshakePace } from '../../src/proxy/tls/handshake-pace.ts'
import { ListenerTlsStage } from '../../src/proxy/tls/listener-tls.ts'
import { secureRead } from '../../src/proxy/tls/secure-read.ts'
import type { Clock } from '../../src/std/clock.ts'
import { systemClock } from '../../src/std/clock.ts'
import { TimerWheel } from '../../src/std/timer-wheel.ts'
import { Materials } from '../../src/tls/materials.ts'
import { certificateOf, type MadeCertificate } from './certificates.ts'

/** A listener's TLS and the materials that it names. */
export interface TlsSetup {
  readonly tls: ListenerTls
  readonly materials: readonly Material[]
}

export const noClients: ClientCertificates = {
  mode: 'off',
  ca: undefined,
  crl: undefined,
  depth: 10,
  names: [],
  forward: [],
}

export const plainPolicy: TlsPolicy = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: [],
  curves: [],
  alpn: ['http/1.1'],
  clientCertificates: noClients,
}

/** What a test wants of a listener; certificates are given as they were made. */
export interface TlsWish extends Partial<Omit<ListenerTls, 'certificates' | 'hosts' | 'policy'>> {
  readonly policy?: Partial<TlsPolicy>
  readonly certificates?: readonly MadeCertificate[]
  readonly hosts?: readonly {
    readonly names: readonly string[]
    readonly policy?: Partial<TlsPolicy>
    readonly certificates?: readonly MadeCertificate[]
  }[]
  /** More than the certificates': bundles, lists, ticket keys. */
  readonly materials?: readonly Material[]
}

export function tlsSetup(wish: TlsWish): TlsSetup {
  const { policy, certificates = [], hosts = [], materials = [], ...rest } = wish
  const all = [...certificates, ...hosts.flatMap((host) => host.certificates ?? [])]
  return {
    tls: {
      policy: { ...plainPolicy, ...policy },
      certificates: certificates.map((made) => certificateOf(made).certificate),
      hosts: hosts.map((host) => ({
        names: host.names,
        policy: { ...plainPolicy, ...policy, ...host.policy },
        certificates: (host.certificates ?? []).map((made) => certificateOf(made).certificate),
      })),
      passthrough: [],
      unknownNames: 'default',
      tickets: { mode: 'on', keys: undefined, rotation: 3_600_000 },
      hsts: '',
      handshakeTimeout: 10_000,
      ...rest,
    },
    materials: [...all.map((made) => certificateOf(made).material), ...materials],
  }
}

/** A connection that came out of a handshake, or did not. */
export type Arrived =
  | { readonly kind: 'secure'; readonly socket: Socket; readonly facts: SecureFacts }
  | {
      readonly kind: 'pass'
      readonly socket: Socket
      readonly target: NameTree<string>
      readonly serverName: string
    }
  | { readonly kind: 'gone'; readonly reason: string; readonly detail: string }

/** The TLS stage of a listener, on a port of its own; connections that are secure are echoed, with their facts before. */
export interface TestStage extends AsyncDisposable {
  readonly port: number
  readonly stage: ListenerTlsStage
  readonly arrived: Arrived[]
  readonly unavailable: unknown[]
  /** What came of the connection with this number; waits for it. */
  next(index?: number): Promise<Arrived>
  configure(setup: TlsSetup): void
}

export async function startTlsStage(setup: TlsSetup, clock: Clock = systemClock): Promise<TestStage> {
  const materials = new Materials()
  materials.take({ put: setup.materials, removed: [] })
  const unavailable: unknown[] = []
  const stage = new ListenerTlsStage(setup.tls, {
    wheel: new TimerWheel(clock),
    clock,
    materials,
    pace: new HandshakePace(),
    onUnavailable: (error) => unavailable.push(error),
    onFlood: () => {},
  })
  const arrived: Arrived[] = []
  const waiting = new Set<() => void>()
  const sockets = new Set<Socket>()
  const tell = (one: Arrived): void => {
    arrived.push(one)
    for (const wake of waiting) wake()
  }
  const server: Server = createServer(
    { pauseOnConnect: true, allowHalfOpen: true, noDelay: true },
    (socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
      stage.accept(socket, '127.0.0.1', {
        onSecure(secure, facts) {
          echo(secure, facts)
          tell({ kind: 'secure', socket: secure, facts })
        },
        onPassthrough: (passed, target, serverName) =>
          tell({ kind: 'pass', socket: passed, target, serverName }),
        onGone: (reason, detail) => tell({ kind: 'gone', reason, detail }),
      })
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    stage,
    arrived,
    unavailable,
    async next(index = 0) {
      while (arrived.length <= index) {
        const woken = Promise.withResolvers<void>()
        waiting.add(woken.resolve)
        await woken.promise
        waiting.delete(woken.resolve)
      }
      return arrived[index] as Arrived
    },
    configure(next) {
      materials.take({ put: next.materials, removed: [] })
      stage.configure(next.tls)
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Sends the facts as a line of JSON, then whatever comes; ends when the client does. */
function echo(socket: Socket, facts: SecureFacts): void {
  const buffer = new ReadBuffer()
  secureRead(socket, buffer, (length) => socket.write(Buffer.from(buffer.current.subarray(0, length))))
  socket.on('end', () => socket.end())
  socket.write(`${JSON.stringify(facts)}\n`)
}
