import { hkdfSync, randomBytes } from 'node:crypto'
import type { ListenerTls } from '../model/tls.ts'
import type { Ms } from '../std/units.ts'
import { Generations } from './generations.ts'
import type { Materials } from './materials.ts'

/** What Node wants: a name of 16 bytes, a key for HMAC and one for AES, 16 each. */
const keyBytes = 48

/** The key that encrypts and decrypts session tickets for a while. Node holds one, so a change costs returning clients one full handshake. */
export interface TicketKey {
  readonly bytes: Buffer
  /** Monotonic milliseconds. */
  readonly until: Ms
}

/**
 * The ticket keys of one listener: each group of server names that is handled alike has its own, so that a ticket never resumes
 * a session under another policy or for another certificate's names.
 */
export class TicketKeys {
  readonly #materials: Materials
  /** Made here; they outlive changes of certificates. */
  readonly #made = new Generations<TicketKey>()

  constructor(materials: Materials) {
    this.#materials = materials
  }

  /**
   * @param group names the policy and the names.
   * @returns `undefined` when tickets are off, or shared keys are missing.
   */
  keyFor(group: string, tickets: ListenerTls['tickets'], now: Ms): TicketKey | undefined {
    if (tickets.mode === 'off') return undefined
    return tickets.keys === undefined
      ? this.#ownKey(group, tickets.rotation, now)
      : this.#sharedKey(group, tickets.keys)
  }

  /** The settings change: keys of groups that are not asked for or touched any more go with the next change. */
  turn(): void {
    this.#made.turn()
  }

  touch(group: string): void {
    this.#made.get(group)
  }

  /** @param rotation 0 keeps a key for good. */
  #ownKey(group: string, rotation: Ms, now: Ms): TicketKey {
    const known = this.#made.get(group)
    if (known !== undefined && known.until > now) return known
    const until = rotation === 0 ? Number.POSITIVE_INFINITY : now + rotation
    const made: TicketKey = { bytes: randomBytes(keyBytes), until }
    this.#made.set(group, made)
    return made
  }

  /** The same in every process that reads the same file; only the first of its keys is used, since Node holds one. */
  #sharedKey(group: string, id: string): TicketKey | undefined {
    const first = this.#materials.ticketKeys(id)?.keys[0]
    if (first === undefined) return undefined
    const bytes = hkdfSync('sha256', Buffer.from(first, 'base64'), '', `tidegate ticket ${group}`, keyBytes)
    return { bytes: Buffer.from(bytes), until: Number.POSITIVE_INFINITY }
  }
}
