import type { UserMaterial } from '../model/material.ts'
import { makeHash, readPasswordHash } from '../model/password-hash.ts'
import { quoted } from '../std/quoted.ts'
import type { MaterialFlaw, Read } from '../translate/material-source.ts'
import { contentId } from './certificate-facts.ts'
import { type CredentialLine, credentialLines, flawAt, flawIn, refusedLine } from './credential-lines.ts'
import { flawed, read, readMaterial } from './material-text.ts'

/** Reads a file as `htpasswd` writes it. */
export function readUsers(file: string): Read<UserMaterial> {
  const bytes = readMaterial(file)
  return Buffer.isBuffer(bytes) ? parseUsers(file, bytes) : flawed(bytes)
}

/**
 * Users of lines `USER:HASH`; what stands behind a further colon is left out, as nginx does. One bad line refuses the whole: a user who
 * is left out silently would be missed at midnight. Of a user that is there twice the first counts.
 *
 * @param place `""` for a list of the configuration.
 */
export function parseUsers(place: string, bytes: Buffer): Read<UserMaterial> {
  const lines = credentialLines(place, bytes)
  if ('message' in lines) return flawed(lines)
  const users = new Map<string, string>()
  const warnings: MaterialFlaw[] = []
  for (const line of lines) {
    const [user = '', hash] = line.text.split(':')
    if (hash === undefined) return refusedLine(place, line, 'no "USER:HASH"', makeHash)
    const why = nameFlaw(user)
    if (why !== undefined)
      return refusedLine(place, line, `a user whose name ${why}`, 'write another name in front of the colon')
    const found = readPasswordHash(hash.trim())
    if (!('kind' in found)) return refusedLine(place, line, `a hash ${found.what}`, found.remedy)
    if (users.has(user)) warnings.push(twice(place, line, user))
    else users.set(user, found.text)
    if (found.kind === 'sha1') warnings.push(weak(place, line, user))
  }
  if (users.size === 0) return flawed(flawIn(place, 'has no user', `add one: ${makeHash}`))
  const entries = [...users]
  return read(
    { kind: 'users', id: contentId('users', ...entries.flat()), users: entries },
    warnings.slice(0, mostTold),
  )
}

const mostTold = 10

/** What may stand in front of the colon: it is handed on in a header, and logged. */
export function nameFlaw(user: string): string | undefined {
  if (user === '') return 'is empty'
  if (user.trim() !== user) return 'begins or ends with white space'
  if (Buffer.byteLength(user) > longestName) return `is longer than ${longestName} bytes`
  return /\p{Cc}/u.test(user) ? 'holds a control character' : undefined
}

const longestName = 255

function twice(place: string, line: CredentialLine, user: string): MaterialFlaw {
  return flawAt(place, line, `the user ${quoted(user)} once more: the first counts`, 'remove the line')
}

function weak(place: string, line: CredentialLine, user: string): MaterialFlaw {
  const what = `a weak hash for ${quoted(user)}: SHA-1 without salt is guessed by the billion in a second`
  return flawAt(place, line, what, makeHash)
}
