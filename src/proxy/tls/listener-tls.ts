import type { Socket } from 'node:net'
import type { ListenerTls } from '../../model/tls.ts'
import type { Clock } from '../../std/clock.ts'
import type { TimerWheel } from '../../std/timer-wheel.ts'
import type { Ms } from '../../std/units.ts'
import { Generations } from '../../tls/generations.ts'
import { HostTable, type Treatment } from '../../tls/host-table.ts'
import type { Materials } from '../../tls/materials.ts'
import { Terminator, type TerminatorDeps, wantSameOfClients } from '../../tls/terminator.ts'
import { TicketKeys } from '../../tls/ticket-keys.ts'
import type { TlsEvents, TlsStage } from '../accept-stages.ts'
import type { SecureFacts } from '../client.ts'
import { Handshake, type HandshakeHost, handshakeEvents } from './handshake.ts'
import type { HandshakePace } from './handshake-pace.ts'

/** What the TLS of a listener shares with the rest of its process. */
export interface TlsDeps {
  readonly wheel: TimerWheel
  readonly clock: Clock
  readonly materials: Materials
  readonly pace: HandshakePace
  /** A certificate, a CA bundle or a revocation list is missing or broken: its server names are refused. */
  readonly onUnavailable: (error: unknown) => void
  /** A connection was ended after its handshake, because its records carried nothing. */
  readonly onFlood: () => void
}

type Terminated = Extract<Treatment, { kind: 'terminate' }>

/**
 * TLS of one listener. New settings hold from the next handshake on: what is equal in them keeps its server and its ticket keys,
 * and connections that are there keep what they have.
 */
export class ListenerTlsStage implements TlsStage, HandshakeHost {
  readonly wheel: TimerWheel
  readonly clock: Clock
  readonly pace: HandshakePace
  readonly #deps: TlsDeps
  readonly #ticketKeys: TicketKeys
  #hosts: HostTable
  #handshakeTimeout: Ms
  /** Made when they are first needed: a certificate costs 0.3 ms, and there may be ten thousand. */
  readonly #terminators = new Generations<Terminator>()
  /** Those that could not be made with the present settings. */
  readonly #unavailable = new Set<string>()
  /** What was looked up last, since requests come in runs. */
  #lastName: string | undefined = undefined
  #lastGroup: string | undefined = undefined

  constructor(tls: ListenerTls, deps: TlsDeps) {
    this.wheel = deps.wheel
    this.clock = deps.clock
    this.pace = deps.pace
    this.#deps = deps
    this.#ticketKeys = new TicketKeys(deps.materials)
    this.#hosts = new HostTable(tls)
    this.#handshakeTimeout = tls.handshakeTimeout
  }

  onFlood(): void {
    this.#deps.onFlood()
  }

  get handshakeTimeout(): Ms {
    return this.#handshakeTimeout
  }

  /** Takes new settings, whose materials are there. */
  configure(tls: ListenerTls): void {
    this.#hosts = new HostTable(tls)
    this.#handshakeTimeout = tls.handshakeTimeout
    this.#terminators.turn()
    this.#ticketKeys.turn()
    this.#unavailable.clear()
    this.#lastName = undefined
  }

  accept(socket: Socket, _peerAddress: string, events: TlsEvents): void {
    new Handshake(this, socket, events).start()
  }

  /**
   * A client may use a connection for another host when that would have got the same policy, and a certificate for the same names.
   * It may go on so when both have changed since, but never for one that wants more of clients than the handshake did.
   */
  isMisdirected({ serverName, policy }: SecureFacts, host: string): boolean {
    if (host === serverName) return false
    const wanted = this.#groupOf(host)
    if (wanted === undefined) return true
    if (wanted === policy) return false
    return wanted !== this.#groupOf(serverName) || !wantSameOfClients(wanted, policy)
  }

  /** `undefined` for a name that is not terminated here. */
  #groupOf(serverName: string): string | undefined {
    if (serverName !== this.#lastName) {
      const treatment = this.#hosts.find(serverName)
      this.#lastName = serverName
      this.#lastGroup = treatment.kind === 'terminate' ? treatment.group : undefined
    }
    return this.#lastGroup
  }

  treatment(serverName: string): Treatment {
    return this.#hosts.find(serverName)
  }

  terminator(treatment: Terminated): Terminator | undefined {
    const { key, group, spec } = treatment
    const known = this.#terminators.get(key)
    if (known !== undefined) {
      this.#ticketKeys.touch(group)
      return known
    }
    if (this.#unavailable.has(key)) return undefined
    try {
      const made = new Terminator(spec, group, this.#terminatorDeps())
      this.#terminators.set(key, made)
      return made
    } catch (error) {
      this.#unavailable.add(key)
      this.#deps.onUnavailable(error)
      return undefined
    }
  }

  #terminatorDeps(): TerminatorDeps {
    const { materials, wheel } = this.#deps
    return { materials, ticketKeys: this.#ticketKeys, events: handshakeEvents, now: wheel.now }
  }
}
