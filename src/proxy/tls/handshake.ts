import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Reason } from '../../model/reasons.ts'
import type { Clock } from '../../std/clock.ts'
import type { Timed, TimerWheel } from '../../std/timer-wheel.ts'
import type { Ms } from '../../std/units.ts'
import { judgeClient } from '../../tls/client-certificate.ts'
import type { Treatment } from '../../tls/host-table.ts'
import type { Terminator } from '../../tls/terminator.ts'
import { type Alert, alerts, fatalAlert } from '../../wire/tls/alert.ts'
import { type ClientHello, isHelloFault } from '../../wire/tls/client-hello.ts'
import { HelloReader, type HelloVerdict, isNotTls } from '../../wire/tls/hello-reader.ts'
import type { TlsEvents } from '../accept-stages.ts'
import { resetSocket } from '../reset-socket.ts'
import { readInto, stopReadingInto } from '../socket-buffer.ts'
import { failureOf } from './failure.ts'
import type { HandshakePace, Paced, Placed } from './handshake-pace.ts'
import { httpHint } from './http-hint.ts'
import { RecordGuard } from './record-guard.ts'
import { secureFacts } from './secure-facts.ts'

/** A hello comes in one or two packets; hardening L09. */
const helloTimeout: Ms = 5_000

/** What hellos are read into: emptied before the next read of any connection. */
const helloBytes = Buffer.allocUnsafeSlow(64 * 1024)

/** What handshakes need of their listener. */
export interface HandshakeHost {
  readonly wheel: TimerWheel
  readonly clock: Clock
  readonly pace: HandshakePace
  /** 0 is no limit. */
  readonly handshakeTimeout: Ms
  onFlood(): void
  /** What becomes of connections for a server name. */
  treatment(serverName: string): Treatment
  /** `undefined` when something it needs is missing. */
  terminator(treatment: Extract<Treatment, { kind: 'terminate' }>): Terminator | undefined
}

/** A connection from its first byte to the end of its TLS handshake. */
export class Handshake implements Timed, Paced, Placed {
  deadline = Number.POSITIVE_INFINITY
  wheelTick = -1
  wheelNext: Timed | undefined = undefined
  wheelPrevious: Timed | undefined = undefined
  readonly #host: HandshakeHost
  readonly #socket: Socket
  readonly #events: TlsEvents
  /** When the handshake has to be over. */
  readonly #latest: Ms
  #reader: HelloReader | undefined = new HelloReader()
  #serverName = ''
  #terminator: Terminator | undefined = undefined
  #over = false

  constructor(host: HandshakeHost, socket: Socket, events: TlsEvents) {
    this.#host = host
    this.#socket = socket
    this.#events = events
    this.#latest =
      host.wheel.now + (host.handshakeTimeout === 0 ? Number.POSITIVE_INFINITY : host.handshakeTimeout)
  }

  /** Starts to read the hello, of which a part may have been read already. */
  start(): void {
    const socket: ArrivingSocket = this.#socket
    socket[handshakeOf] = this
    socket.on('error', ignore)
    socket.on('end', onEnd)
    socket.on('close', onClose)
    this.#host.wheel.arm(this, Math.min(this.#host.wheel.now + helloTimeout, this.#latest))
    while (socket.readableLength > 0 && this.#reader !== undefined) {
      const first: Buffer | null = socket.read()
      if (first !== null) this.#take(first, first.length)
    }
    if (this.#reader === undefined) return
    if (readInto(socket, helloBytes, onBytes)) socket.read(0)
    else this.fail('client_closed', '')
  }

  read(length: number): void {
    if (this.#reader !== undefined) this.#take(helloBytes, length)
  }

  /** It is this connection's turn: OpenSSL takes over. */
  proceed(): void {
    if (this.#over) return
    const treatment = this.#host.treatment(this.#serverName)
    if (treatment.kind !== 'terminate') {
      return this.#refuse('tls_unknown_name', `"${this.#serverName}"`, alerts.unrecognizedName)
    }
    this.#terminator = this.#host.terminator(treatment)
    if (this.#terminator === undefined) {
      return this.#refuse('tls_unavailable', `"${this.#serverName}"`, alerts.internalError)
    }
    // What TLS is made on it takes from it: a client that ends its side now is not waited for.
    this.#socket.allowHalfOpen = false
    this.#terminator.begin(this.#socket, this.#host.wheel.now)
  }

  /** OpenSSL is through, and nothing of what follows was told yet. */
  secured(socket: TLSSocket): void {
    const terminator = this.#terminator
    if (this.#over || terminator === undefined) return void socket.destroy()
    const rules = terminator.policy.clientCertificates
    const verdict = rules.mode === 'off' ? noClient : judgeClient(socket, rules, this.#host.clock.wall())
    if ('refusal' in verdict) return this.#end(socket, 'tls_client_certificate', verdict.refusal)
    // The certificates were chosen for the name of the first hello; a second one, or a session, may say another.
    if (!isNamed(socket, this.#serverName)) {
      return this.#end(socket, 'tls_handshake', 'the server name changed during the handshake')
    }
    this.#release()
    socket.allowHalfOpen = true
    socket.on('error', destroy)
    new RecordGuard(this.#host, socket, this.#socket).start()
    this.#events.onSecure(socket, secureFacts(socket, this.#serverName, terminator, verdict))
  }

  /** OpenSSL gave up, or the client did. */
  failed(error: Error, socket: TLSSocket): void {
    if (this.#over) return
    const { reason, detail } = failureOf(error, socket)
    this.#end(socket, reason, detail)
  }

  fail(reason: Reason, detail: string): void {
    if (this.#over) return
    this.#release()
    resetSocket(this.#socket)
    this.#events.onGone(reason, detail)
  }

  onClose(): void {
    // While OpenSSL is at work its socket ends first, and says why.
    if (this.#terminator === undefined) this.fail('client_closed', '')
  }

  giveWay(): void {
    this.fail('tls_timeout', 'too many handshakes, and this one kept others waiting')
  }

  onDeadline(): void {
    if (this.#reader !== undefined) this.fail('tls_timeout', 'no hello')
    else this.fail('tls_timeout', 'the handshake is not complete')
  }

  #take(buffer: Buffer, length: number): void {
    const reader = this.#reader
    if (reader === undefined) return
    const verdict = reader.push(buffer, 0, length)
    if (verdict === undefined) return
    this.#reader = undefined
    stopReadingInto(this.#socket)
    this.#decide(verdict, reader.bytes)
  }

  #decide(verdict: Exclude<HelloVerdict, undefined>, bytes: Buffer): void {
    if (isNotTls(verdict)) return this.#refuseNotTls(verdict.notTls)
    if (isHelloFault(verdict)) return this.#refuse('tls_hello', verdict.detail, verdict.alert)
    this.#serverName = verdict.serverName
    this.#socket.unshift(bytes)
    const treatment = this.#host.treatment(verdict.serverName)
    if (treatment.kind === 'pass') return this.#passThrough(treatment, verdict)
    const { pace, wheel } = this.#host
    // Only now does it begin to cost something: whoever says nothing takes nobody's place.
    if (!pace.enter(this, wheel.now)) return this.fail('too_many_connections', 'too many handshakes')
    wheel.arm(this, this.#latest)
    pace.await(this)
  }

  #passThrough(treatment: Extract<Treatment, { kind: 'pass' }>, hello: ClientHello): void {
    this.#release()
    const socket = this.#socket
    socket.off('end', onEnd)
    socket.off('close', onClose)
    this.#events.onPassthrough(socket, treatment.target, hello.serverName)
  }

  #refuseNotTls(kind: 'http' | 'other'): void {
    if (kind === 'http') this.#socket.write(httpHint)
    this.#leave('tls_hello', kind === 'http' ? 'HTTP without TLS' : 'no TLS')
  }

  #refuse(reason: Reason, detail: string, alert: Alert): void {
    this.#socket.write(fatalAlert(alert))
    this.#leave(reason, detail)
  }

  /** Closes with a FIN, so that what was written arrives. */
  #leave(reason: Reason, detail: string): void {
    this.#release()
    this.#socket.destroySoon()
    this.#events.onGone(reason, detail)
  }

  #end(socket: TLSSocket, reason: Reason, detail: string): void {
    this.#release()
    socket.destroy()
    this.#events.onGone(reason, detail)
  }

  #release(): void {
    this.#over = true
    this.#reader = undefined
    this.#host.wheel.remove(this)
    this.#host.pace.leave(this)
    const socket: ArrivingSocket = this.#socket
    socket[handshakeOf] = undefined
  }
}

/** What servers of `tls` report goes to the handshake that it belongs to. */
export const handshakeEvents = {
  onSecure(socket: TLSSocket): void {
    const handshake = handshakeBelow(socket)
    if (handshake === undefined) socket.destroy()
    else handshake.secured(socket)
  },
  onFailed(error: Error, socket: TLSSocket): void {
    handshakeBelow(socket)?.failed(error, socket)
  },
}

const noClient = { fields: '', certificate: undefined }

const handshakeOf = Symbol('handshake')

interface ArrivingSocket extends Socket {
  [handshakeOf]?: Handshake | undefined
}

/** Node keeps the socket that a `TLSSocket` was made of. */
function handshakeBelow(socket: TLSSocket): Handshake | undefined {
  return (socket as unknown as { readonly _parent?: ArrivingSocket })._parent?.[handshakeOf]
}

/**
 * Whether the client named this server at the end, too. Of a resumed session of TLS 1.2 OpenSSL tells the name in the session,
 * where there is none; its ticket is good for names that are handled alike.
 */
function isNamed(socket: TLSSocket, serverName: string): boolean {
  const told: unknown = (socket as { readonly servername?: unknown }).servername
  const name = typeof told === 'string' ? told.toLowerCase() : ''
  if (name === serverName || name === `${serverName}.`) return true
  return name === '' && socket.isSessionReused() && socket.getProtocol() === 'TLSv1.2'
}

function onBytes(this: ArrivingSocket, length: number): boolean {
  this[handshakeOf]?.read(length)
  return true
}

function onEnd(this: ArrivingSocket): void {
  this[handshakeOf]?.fail('client_closed', '')
}

function onClose(this: ArrivingSocket): void {
  this[handshakeOf]?.onClose()
}

/** Node tells of a broken record and leaves the connection open. */
function destroy(this: Socket): void {
  this.destroy()
}

/** `close` follows. */
function ignore(): void {}
