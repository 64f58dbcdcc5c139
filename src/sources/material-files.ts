import { createHash } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { RevocationMaterial } from '../model/material.ts'
import type {
  CertificateFiles,
  CertificateRead,
  CertificateText,
  ExtensionFile,
  MaterialFlaw,
  MaterialSource,
  PlacedText,
  Read,
} from '../translate/material-source.ts'
import { parseApiKeys, readApiKeys } from './api-key-file.ts'
import { readCertificate, readCertificateText } from './certificates.ts'
import { nextUpdateOf } from './crl-dates.ts'
import { readExtension } from './extension-modules.ts'
import { flaw, pemBlocks, readMaterial } from './material-text.ts'
import { parseCa, parseCrl, readCa, readCrl, readText, readTicketKeys } from './trust-files.ts'
import { parseUsers, readUsers } from './user-file.ts'

/**
 * The files that TLS needs, over several loads of the configuration. What was in force stays: a file that is damaged, or a key
 * that does not belong to its certificate, is a warning when the same files were good before, and an error otherwise.
 */
export class MaterialFiles implements MaterialSource {
  /** What the last good configuration had, by the files it came from. */
  readonly #good = new Map<string, Reading>()
  readonly #readNow = new Map<string, Reading>()
  readonly #files = new Set<string>()
  readonly #wall: () => number

  /** @param wall milliseconds since 1970. */
  constructor(wall: () => number) {
    this.#wall = wall
  }

  /** Begins a load: every file is read anew, once. */
  begin(): void {
    this.#readNow.clear()
    this.#files.clear()
  }

  /** What was read is in force from now on, and what was not read is forgotten. */
  keep(): void {
    this.#good.clear()
    for (const reading of this.#readNow.values())
      if (reading.result.kind === 'read') this.#good.set(reading.key, reading)
  }

  /** The files that this load has looked at, whether or not they are there. */
  files(): readonly string[] {
    return [...this.#files]
  }

  /** A file that something else has read. */
  note(file: string): void {
    this.#files.add(file)
  }

  certificate(files: CertificateFiles): Read<CertificateRead> {
    const paths = files.kind === 'pem' ? [files.cert, files.key] : [files.file]
    return this.#read(files.kind, paths, files.password?.reveal() ?? '', () => readCertificate(files))
  }

  ca(file: string) {
    return this.#read('ca', [file], '', () => readCa(file))
  }

  crl(file: string): Read<RevocationMaterial> {
    return this.#withDate(
      file,
      this.#read('crl', [file], '', () => readCrl(file)),
    )
  }

  ticketKeys(file: string) {
    return this.#read('ticket-keys', [file], '', () => readTicketKeys(file))
  }

  users(file: string) {
    return this.#read('users', [file], '', () => readUsers(file))
  }

  apiKeys(file: string) {
    return this.#read('api-keys', [file], '', () => readApiKeys(file))
  }

  extension(name: string, folder: string): Read<ExtensionFile> {
    const key = JSON.stringify(['extension', folder, name])
    const known = this.#readNow.get(key)
    if (known !== undefined) return known.result as Read<ExtensionFile>
    const { result: fresh, files } = readExtension(name, folder)
    for (const file of files) this.#files.add(file)
    const result = judge(fresh, this.#good.get(key))
    this.#readNow.set(key, { key, digest: '', result })
    return result
  }

  text(file: string) {
    return this.#read('text', [file], '', () => readText(file))
  }

  certificateText(text: CertificateText): Read<CertificateRead> {
    return readCertificateText(text)
  }

  caText({ place, text }: PlacedText) {
    return parseCa(place, Buffer.from(text))
  }

  crlText({ place, text }: PlacedText): Read<RevocationMaterial> {
    return this.#withDate(place, parseCrl(place, Buffer.from(text)))
  }

  usersText({ place, text }: PlacedText) {
    return parseUsers(place, Buffer.from(text))
  }

  apiKeysText({ place, text }: PlacedText) {
    return parseApiKeys(place, Buffer.from(text))
  }

  isCipher(name: string): boolean {
    return isTaken({ ciphers: name })
  }

  isCurve(name: string): boolean {
    return isTaken({ ecdhCurve: name })
  }

  #withDate(file: string, result: Read<RevocationMaterial>): Read<RevocationMaterial> {
    if (result.kind === 'flawed') return result
    const late = lateWarning(file, result.value, this.#wall())
    return late === undefined ? result : { ...result, warnings: [...result.warnings, late] }
  }

  /** `variant` tells apart readings of the same files in one load; over loads they are the same. */
  #read<T>(kind: string, paths: readonly string[], variant: string, read: () => Read<T>): Read<T> {
    for (const path of paths) this.#files.add(path)
    const key = JSON.stringify([kind, ...paths])
    const now = JSON.stringify([key, variant])
    const known = this.#readNow.get(now)
    if (known !== undefined) return known.result as Read<T>
    const digest = digestOf(paths, variant)
    const before = this.#good.get(key)
    const result = before?.digest === digest ? (before.result as Read<T>) : judge(read(), before)
    this.#readNow.set(now, { key, digest, result })
    return result
  }
}

/** Authorities write lists anew every week or so; this is late. */
const nearMs = 2 * 86_400_000

function lateWarning(file: string, { lists }: RevocationMaterial, now: number): MaterialFlaw | undefined {
  const end = nextUpdateOf(pemBlocks(lists, 'X509 CRL'))
  if (end === undefined || end - now > nearMs) return undefined
  const date = new Date(end).toISOString().slice(0, 10)
  const what =
    end <= now
      ? `holds a list that had to be replaced on ${date}, and every certificate of its authority is refused`
      : `holds a list that has to be replaced by ${date}`
  return flaw(file, what, 'fetch the list of the authority again')
}

interface Reading {
  readonly key: string
  readonly digest: string
  readonly result: Read<unknown>
}

/** Of what the files hold: checking ten thousand certificates again on every change would take seconds. */
function digestOf(paths: readonly string[], variant: string): string {
  const hash = createHash('sha256').update(variant)
  for (const path of paths) {
    const bytes = readMaterial(path)
    hash.update(Buffer.isBuffer(bytes) ? `${bytes.length}:` : 'absent:')
    hash.update(Buffer.isBuffer(bytes) ? bytes : bytes.message)
  }
  return hash.digest('base64')
}

function judge<T>(fresh: Read<T>, before: Reading | undefined): Read<T> {
  if (fresh.kind === 'read' || before?.result.kind !== 'read') return fresh
  return keptBefore(fresh.flaw, before.result.value as T)
}

function keptBefore<T>(flaw: MaterialFlaw, value: T): Read<T> {
  const message = `${flaw.message}; what it held before stays in force`
  return { kind: 'read', value, warnings: [{ ...flaw, message }] }
}

function isTaken(options: { readonly ciphers: string } | { readonly ecdhCurve: string }): boolean {
  try {
    createSecureContext(options)
    return true
  } catch {
    return false
  }
}
