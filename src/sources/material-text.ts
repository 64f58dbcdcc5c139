import { readFileSync, statSync } from 'node:fs'
import { quoted } from '../std/quoted.ts'
import type { MaterialFlaw, Read } from '../translate/material-source.ts'

/** The largest bundles of authorities in use have a quarter of this. */
const largest = 1024 * 1024

/** The bytes of a file, or why they cannot be had. */
export function readMaterial(file: string): Buffer | MaterialFlaw {
  try {
    const found = statSync(file)
    if (!found.isFile()) return flaw(file, 'is not a file', 'name a file')
    if (found.size > largest)
      return flaw(file, `has ${found.size} bytes, more than 1 MiB`, 'name a smaller one')
    const bytes = readFileSync(file)
    return bytes.length === 0 ? flaw(file, 'is empty', 'write it again') : bytes
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const [why, remedy] = reasons[code] ?? [String(error), 'see what the system says']
    return flaw(file, `cannot be read: ${why}`, remedy)
  }
}

const reasons: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  ENOENT: ['it does not exist', 'create it, or name another path'],
  EACCES: ['permission is denied', 'let the user of the gateway read it'],
  ELOOP: ['its links lead in a circle', 'remove the loop of symbolic links'],
}

/** A flaw of a file, or of what else it names: `Secret shop/web-tls`. */
export function flaw(file: string, what: string, remedy: string): MaterialFlaw {
  const shown = file.startsWith(secretPlace)
    ? `secret ${quoted(file.slice(secretPlace.length))}`
    : `file ${quoted(file)}`
  return { file, message: `${shown} ${what}`, remedy }
}

/** How the place of a text begins that is no file. */
const secretPlace = 'Secret '

export function flawed(found: MaterialFlaw): { readonly kind: 'flawed'; readonly flaw: MaterialFlaw } {
  return { kind: 'flawed', flaw: found }
}

export function read<T>(value: T, warnings: readonly MaterialFlaw[] = []): Read<T> {
  return { kind: 'read', value, warnings }
}

/** Blocks of PEM with a label (`CERTIFICATE`), as they stand, each with a line end behind. RFC 7468 §2. */
export function pemBlocks(text: string, label: string): readonly string[] {
  const block = new RegExp(`-----BEGIN ${label}-----[A-Za-z0-9+/=\\s]*-----END ${label}-----`, 'g')
  return (text.match(block) ?? []).map((one) => `${one.replaceAll(/\r\n?/g, '\n')}\n`)
}

/** What to do about a file that is not PEM, when it looks like DER. */
export function pemRemedy(bytes: Buffer, command: string): string {
  const isDer = bytes[0] === 0x30
  return isDer ? `it is DER: write it as PEM with ${command}` : 'put the right one there'
}
