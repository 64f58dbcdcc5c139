import { createSecureContext } from 'node:tls'
import type {
  CertificateFiles,
  CertificateRead,
  MaterialFlaw,
  MaterialSource,
  Read,
} from '../translate/material-source.ts'
import { readCertificate } from './certificates.ts'
import { readCa, readCrl, readTicketKeys } from './trust-files.ts'

/**
 * The files that TLS needs, over several loads of the configuration. What was in force stays: a file that is damaged, or a key
 * that does not belong to its certificate, is a warning when the same files were good before, and an error otherwise.
 */
export class MaterialFiles implements MaterialSource {
  /** What the last good configuration had, by the files it came from. */
  readonly #good = new Map<string, unknown>()
  readonly #readNow = new Map<string, { readonly key: string; readonly result: Read<unknown> }>()
  readonly #files = new Set<string>()

  /** Begins a load: every file is read anew, once. */
  begin(): void {
    this.#readNow.clear()
    this.#files.clear()
  }

  /** What was read is in force from now on, and what was not read is forgotten. */
  keep(): void {
    this.#good.clear()
    for (const { key, result } of this.#readNow.values())
      if (result.kind === 'read') this.#good.set(key, result.value)
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

  crl(file: string) {
    return this.#read('crl', [file], '', () => readCrl(file))
  }

  ticketKeys(file: string) {
    return this.#read('ticket-keys', [file], '', () => readTicketKeys(file))
  }

  isCipher(name: string): boolean {
    return isTaken({ ciphers: name })
  }

  isCurve(name: string): boolean {
    return isTaken({ ecdhCurve: name })
  }

  /** `variant` tells apart readings of the same files in one load; over loads they are the same. */
  #read<T>(kind: string, paths: readonly string[], variant: string, read: () => Read<T>): Read<T> {
    for (const path of paths) this.#files.add(path)
    const key = JSON.stringify([kind, ...paths])
    const now = JSON.stringify([key, variant])
    const known = this.#readNow.get(now)
    if (known !== undefined) return known.result as Read<T>
    const fresh = read()
    const before = this.#good.get(key)
    const result = fresh.kind === 'read' || before === undefined ? fresh : keptBefore(fresh.flaw, before as T)
    this.#readNow.set(now, { key, result })
    return result
  }
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
