import { X509Certificate } from 'node:crypto'
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls'
import { fingerprintText } from '../model/hash.ts'
import type { MaterialId } from '../model/material.ts'
import type { ListenerTls, TlsPolicy } from '../model/tls.ts'
import type { Ms } from '../std/units.ts'
import type { CertificateSet } from './certificate-choice.ts'
import type { Materials } from './materials.ts'
import { clientsKey, policyKey, policyOptions, secureOptions } from './policy.ts'
import type { TicketKey, TicketKeys } from './ticket-keys.ts'

/** What the handshakes of a terminator come to; `socket` is what the server made of the one it was given. */
export interface HandshakeEvents {
  readonly onSecure: (socket: TLSSocket) => void
  readonly onFailed: (error: Error, socket: TLSSocket) => void
}

/** One way to make a handshake: a policy with the certificates of a name. */
export interface TerminatorSpec {
  readonly policy: TlsPolicy
  readonly certificates: CertificateSet
  readonly tickets: ListenerTls['tickets']
}

/**
 * Equal for names that are handled alike: the same policy, and certificates for the same names, whichever generation. What is
 * wanted of clients stands before the dot.
 */
export function groupOf({ policy, certificates, tickets }: TerminatorSpec): string {
  const names = new Set(certificates.flatMap((certificate) => certificate.names))
  const rest = fingerprintText(`${policyKey(policy, tickets)} ${[...names].sort().join(' ')}`)
  return `${clientsKey(policy)}.${rest}`
}

/** Whether two groups want the same of clients. */
export function wantSameOfClients(group: string, other: string): boolean {
  return group.slice(0, group.indexOf('.')) === other.slice(0, other.indexOf('.'))
}

/**
 * Makes handshakes with one policy and one name's certificates.
 *
 * Node applies only the certificates of an SNI context and ignores its versions, ciphers and what it wants of clients; so every
 * pair has a server of its own that never listens, and is given connections whose server name has been read already.
 */
export class Terminator {
  readonly group: string
  readonly policy: TlsPolicy
  readonly certificate: MaterialId
  readonly #server: Server
  readonly #tickets: ListenerTls['tickets']
  readonly #ticketKeys: TicketKeys
  #ticketsUntil: Ms

  /**
   * @param group what `groupOf` says of the spec.
   * @throws {Error} when a material is missing or OpenSSL does not take it: its names must be refused then.
   */
  constructor(spec: TerminatorSpec, group: string, deps: TerminatorDeps) {
    const { policy, tickets } = spec
    this.group = group
    this.policy = policy
    this.certificate = spec.certificates[0]?.material ?? ''
    this.#tickets = tickets
    this.#ticketKeys = deps.ticketKeys
    const ticketKey = deps.ticketKeys.keyFor(this.group, tickets, deps.now)
    this.#ticketsUntil = ticketKey?.until ?? Number.POSITIVE_INFINITY
    this.#server = createServer(serverOptions(spec, deps.materials, ticketKey, this.group))
    this.#server.on('secureConnection', deps.events.onSecure)
    this.#server.on('tlsClientError', deps.events.onFailed)
  }

  /** Starts the handshake of a connection whose hello was unshifted; one of the events follows. */
  begin(socket: object, now: Ms): void {
    if (now >= this.#ticketsUntil) this.#rotate(now)
    this.#server.emit('connection', socket)
  }

  #rotate(now: Ms): void {
    const key = this.#ticketKeys.keyFor(this.group, this.#tickets, now)
    if (key === undefined) return
    this.#ticketsUntil = key.until
    this.#server.setTicketKeys(key.bytes)
  }
}

export interface TerminatorDeps {
  readonly materials: Materials
  readonly ticketKeys: TicketKeys
  readonly events: HandshakeEvents
  readonly now: Ms
}

/** Node's own limit is a timer for each connection; we have our own. It takes 0 for its default. */
const noTimeout = -1

function serverOptions(
  spec: TerminatorSpec,
  materials: Materials,
  ticketKey: TicketKey | undefined,
  group: string,
): TlsOptions {
  const { policy, certificates, tickets } = spec
  const pairs = certificates.map(({ material, file }) => {
    const pair = materials.certificate(material)
    if (pair === undefined) throw new Error(`the certificate of ${file} is not here`)
    return pair
  })
  return {
    ...policyOptions(policy),
    ...clientOptions(policy, materials, pairs[0]?.certificate ?? ''),
    cert: pairs.map(({ certificate }) => certificate),
    key: pairs.map(({ key }) => key),
    ...(policy.alpn.length === 0 ? {} : { ALPNProtocols: [...policy.alpn] }),
    ...(ticketKey === undefined ? {} : { ticketKeys: ticketKey.bytes }),
    secureOptions: secureOptions(tickets),
    // At most 32 bytes; OpenSSL resumes no session of a client with a certificate without it.
    sessionIdContext: fingerprintText(group),
    handshakeTimeout: noTimeout,
    allowHalfOpen: true,
  }
}

/** Without client certificates, the authorities matter to nobody; naming one keeps Node from adding its 150 of the world's. */
function clientOptions(policy: TlsPolicy, materials: Materials, own: string): TlsOptions {
  const { mode, ca, crl } = policy.clientCertificates
  if (mode === 'off') return { ca: own }
  const bundle = ca === undefined ? undefined : materials.ca(ca)
  if (bundle === undefined) throw new Error('the authorities for client certificates are not here')
  const lists = crl === undefined ? undefined : materials.revocationLists(crl)
  if (crl !== undefined && lists === undefined) throw new Error('the revocation lists are not here')
  return {
    ca: authorities(bundle.certificates),
    ...(lists === undefined ? {} : { crl: pemBlocks(lists) }),
    requestCert: true,
    rejectUnauthorized: mode === 'required',
  }
}

/** Node reads all certificates of a text, and only the first list. */
function pemBlocks(text: string): string[] {
  const blocks = text.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g)
  if (blocks === null) throw new Error('no PEM block in the authorities or revocation lists')
  return blocks
}

/** Node takes no notice of one that it cannot read. @throws {Error} then. */
function authorities(text: string): string[] {
  return pemBlocks(text).map((block) => new X509Certificate(block).toString())
}
