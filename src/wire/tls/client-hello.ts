import { type Alert, alerts } from './alert.ts'
import { serverNameOf } from './server-name.ts'

/** What the gateway needs of a ClientHello (RFC 8446 §4.1.2). */
export interface ClientHello {
  /** Lower case, without a trailing dot; `""` when the client names no server. */
  readonly serverName: string
  /** In the client's order; empty when it offers none. */
  readonly alpn: readonly string[]
  /** The newest version it offers that is not GREASE: `0x0304` is TLS 1.3. */
  readonly version: number
}

/** Why a ClientHello is not taken. */
export interface HelloFault {
  readonly alert: Alert
  readonly detail: string
}

const serverNameType = 0
const alpnType = 16
const versionsType = 43
/** RFC 6066 §3: the only kind of name there is. */
const hostNameKind = 0

/**
 * Reads the body of a ClientHello: what stands behind the four bytes of its handshake header, all of it.
 *
 * Strict about everything on the way to the three extensions it reads, and about these; the rest is OpenSSL's to judge.
 */
export function parseClientHello(bytes: Buffer, start: number, end: number): ClientHello | HelloFault {
  const at = extensionsStart(bytes, start, end)
  if (at < 0) return decodeFault('the hello')
  const version = u16(bytes, start)
  if (at === end) return { serverName: '', alpn: none, version }
  const facts: Facts = { serverName: '', alpn: none, version, seen: 0 }
  if (u16(bytes, at) !== end - at - 2 || at + 2 > end) return decodeFault('the extensions')
  for (let i = at + 2; i < end; ) {
    const from = i + 4
    const next = from + u16(bytes, i + 2)
    if (from > end || next > end) return decodeFault('an extension')
    const fault = readExtension(bytes, { type: u16(bytes, i), start: from, end: next }, facts)
    if (fault !== undefined) return fault
    i = next
  }
  return { serverName: facts.serverName, alpn: facts.alpn, version: facts.version }
}

export function isHelloFault(result: ClientHello | HelloFault): result is HelloFault {
  return 'alert' in result
}

const none: readonly string[] = []

interface Facts {
  serverName: string
  alpn: readonly string[]
  version: number
  /** Bits of the extensions that were there. */
  seen: number
}

interface Extension {
  readonly type: number
  readonly start: number
  readonly end: number
}

/** Where the extensions' length stands, `end` when there are none; negative when the parts before do not fit. */
function extensionsStart(bytes: Buffer, start: number, end: number): number {
  const sessionAt = start + 34
  if (sessionAt >= end || (bytes[sessionAt] ?? 0) > 32) return -1
  const ciphersAt = sessionAt + 1 + (bytes[sessionAt] ?? 0)
  if (ciphersAt + 2 > end) return -1
  const ciphers = u16(bytes, ciphersAt)
  const compressionAt = ciphersAt + 2 + ciphers
  if (ciphers === 0 || ciphers % 2 !== 0 || compressionAt >= end) return -1
  const compression = bytes[compressionAt] ?? 0
  const at = compressionAt + 1 + compression
  return compression === 0 || at > end || at + 1 === end ? -1 : at
}

function readExtension(bytes: Buffer, extension: Extension, facts: Facts): HelloFault | undefined {
  const { type } = extension
  if (type !== serverNameType && type !== alpnType && type !== versionsType) return undefined
  const bit = type === serverNameType ? 1 : type === alpnType ? 2 : 4
  if ((facts.seen & bit) !== 0) return { alert: alerts.illegalParameter, detail: `extension ${type} twice` }
  facts.seen |= bit
  if (type === serverNameType) return readServerName(bytes, extension, facts)
  return type === alpnType ? readAlpn(bytes, extension, facts) : readVersions(bytes, extension, facts)
}

/** Exactly one host name: two would let two readers choose differently. */
function readServerName(bytes: Buffer, { start, end }: Extension, facts: Facts): HelloFault | undefined {
  const nameAt = start + 5
  if (nameAt > end || u16(bytes, start) !== end - start - 2) return decodeFault('server_name')
  const nameEnd = nameAt + u16(bytes, start + 3)
  if (nameEnd > end) return decodeFault('server_name')
  if (nameEnd < end || bytes[start + 2] !== hostNameKind) {
    return { alert: alerts.illegalParameter, detail: 'server_name is not one host name' }
  }
  const name = serverNameOf(bytes, nameAt, nameEnd)
  if (name === undefined) return { alert: alerts.unrecognizedName, detail: 'server_name is no host name' }
  facts.serverName = name
  return undefined
}

/** RFC 7301 §3.1. */
function readAlpn(bytes: Buffer, { start, end }: Extension, facts: Facts): HelloFault | undefined {
  if (start + 4 > end || u16(bytes, start) !== end - start - 2) return decodeFault('ALPN')
  const names: string[] = []
  for (let i = start + 2; i < end; ) {
    const next = i + 1 + (bytes[i] ?? 0)
    if (next === i + 1 || next > end) return decodeFault('ALPN')
    names.push(bytes.toString('latin1', i + 1, next))
    i = next
  }
  facts.alpn = names
  return undefined
}

/** RFC 8446 §4.2.1; values like 0x3A3A are GREASE (RFC 8701). */
function readVersions(bytes: Buffer, { start, end }: Extension, facts: Facts): HelloFault | undefined {
  const length = bytes[start] ?? 0
  if (start + 3 > end || length !== end - start - 1 || length % 2 !== 0)
    return decodeFault('supported_versions')
  let newest = 0
  for (let i = start + 1; i < end; i += 2) {
    const version = u16(bytes, i)
    if ((version & 0x0f0f) !== 0x0a0a && version > newest) newest = version
  }
  facts.version = newest
  return undefined
}

function decodeFault(part: string): HelloFault {
  return { alert: alerts.decodeError, detail: `the lengths of ${part} do not fit` }
}

function u16(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}
