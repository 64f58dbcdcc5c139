import type { ApiKeyMaterial } from '../model/material.ts'
import { quoted } from '../std/quoted.ts'
import type { MaterialFlaw, Read } from '../translate/material-source.ts'
import { contentId } from './certificate-facts.ts'
import { credentialLines, flawAt, flawIn, refusedLine } from './credential-lines.ts'
import { flawed, read, readMaterial } from './material-text.ts'
import { nameFlaw } from './user-file.ts'

const makeDigest = 'make one with "printf %s KEY | sha256sum", and write the id of the key for its "-"'

/** Reads a file of digests. */
export function readApiKeys(file: string): Read<ApiKeyMaterial> {
  const bytes = readMaterial(file)
  return Buffer.isBuffer(bytes) ? parseApiKeys(file, bytes) : flawed(bytes)
}

/**
 * Keys of lines `SHA256 ID`, as `sha256sum` writes them, the digest in hexadecimal. Several keys may have one id: an old one and its
 * successor. One bad line refuses the whole.
 *
 * @param place `""` for a list of the configuration.
 */
export function parseApiKeys(place: string, bytes: Buffer): Read<ApiKeyMaterial> {
  const lines = credentialLines(place, bytes)
  if ('message' in lines) return flawed(lines)
  const keys = new Map<string, string>()
  const warnings: MaterialFlaw[] = []
  for (const line of lines) {
    const [, digest = '', id = ''] = /^([0-9a-f]{64})\s+\*?(.*)$/i.exec(line.text) ?? []
    if (digest === '') return refusedLine(place, line, 'no "SHA256 ID"', makeDigest)
    if (digest.toLowerCase() === digestOfNothing)
      return refusedLine(place, line, 'the digest of an empty key', makeDigest)
    const why = id === '-' ? 'is still "-"' : nameFlaw(id)
    if (why !== undefined)
      return refusedLine(place, line, `a key whose id ${why}`, 'write an id behind the digest')
    if (keys.has(digest.toLowerCase())) {
      const what = `the key of ${quoted(id)} once more: the first counts`
      warnings.push(flawAt(place, line, what, 'remove the line'))
    } else keys.set(digest.toLowerCase(), id)
  }
  if (keys.size === 0) return flawed(flawIn(place, 'has no key', `add one: ${makeDigest}`))
  const entries = [...keys]
  return read(
    { kind: 'api-keys', id: contentId('api-keys', ...entries.flat()), keys: entries },
    warnings.slice(0, 10),
  )
}

/** Of `printf %s "$KEY" | sha256sum` with a variable that is not there. */
const digestOfNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
