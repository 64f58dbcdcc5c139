/** A hash of a password as files of users have it, checked: it can be compared with, at a cost that is bounded. */
export interface PasswordHash {
  readonly kind: 'bcrypt' | 'sha256-crypt' | 'sha512-crypt' | 'apr1' | 'sha1'
  /** `$2y$10$…`. */
  readonly text: string
}

/** Why a hash is not taken; `what` follows "a hash": `of bcrypt with cost 15, above 14`. It never holds the hash. */
export interface HashFlaw {
  readonly what: string
  readonly remedy: string
}

/** A second or two of a core for each try; `htpasswd -B` takes 5, and 10 to 12 are usual. */
export const highestBcryptCost = 14
/** Half a second, and up to two for a password as long as a client may send; crypt(3) takes 5,000 unless told otherwise. */
export const mostShaRounds = 200_000
/** crypt(3) takes fewer for 1,000, and writes so. */
const fewestShaRounds = 1000

/** What makes a hash that is taken. */
export const makeHash = 'make one with "htpasswd -nB USER"'

const bcrypt = /^\$2([aby])\$(\d\d)\$[./A-Za-z0-9]{53}$/
const shaCrypt = /^\$([56])\$(?:rounds=(\d{1,9})\$)?[./0-9A-Za-z]{1,16}\$([./0-9A-Za-z]+)$/
const apr1 = /^\$apr1\$[./0-9A-Za-z]{1,8}\$[./0-9A-Za-z]{22}$/
const sha1 = /^\{SHA\}[A-Za-z0-9+/]{27}=$/

/**
 * Reads a hash: bcrypt (`$2a$`, `$2b$`, `$2y$`), SHA-crypt (`$5$`, `$6$`), Apache's apr1, or `{SHA}` of SHA-1 without salt. Formats that
 * are broken (MD5-crypt, DES), costs that would hold a core for long, and plain text are flaws.
 */
export function readPasswordHash(text: string): PasswordHash | HashFlaw {
  if (text.startsWith('$2')) return readBcrypt(text)
  if (text.startsWith('$5$') || text.startsWith('$6$')) return readShaCrypt(text)
  if (text.startsWith('$apr1$')) return apr1.test(text) ? { kind: 'apr1', text } : damaged('apr1')
  if (text.startsWith('{SHA}')) return sha1.test(text) ? { kind: 'sha1', text } : damaged('SHA-1')
  return { what: unknownKind(text), remedy: makeHash }
}

function readBcrypt(text: string): PasswordHash | HashFlaw {
  const [, , cost = ''] = bcrypt.exec(text) ?? []
  if (cost === '') {
    const isOld = /^\$2(?:x?)\$/.test(text)
    return isOld ? { what: 'of a bcrypt that is known to be wrong', remedy: makeHash } : damaged('bcrypt')
  }
  if (Number(cost) > highestBcryptCost)
    return {
      what: `of bcrypt with cost ${Number(cost)}, above ${highestBcryptCost}, which would hold a core for seconds`,
      remedy: 'make it again with a lower one: "htpasswd -nB -C 12 USER"',
    }
  return Number(cost) < 4 ? damaged('bcrypt') : { kind: 'bcrypt', text }
}

function readShaCrypt(text: string): PasswordHash | HashFlaw {
  const [, id, rounds, digest = ''] = shaCrypt.exec(text) ?? []
  const kind = id === '5' ? 'sha256-crypt' : 'sha512-crypt'
  if (digest.length !== (id === '5' ? 43 : 86)) return damaged('SHA-crypt')
  if (rounds === undefined) return { kind, text }
  if (rounds.startsWith('0') || Number(rounds) < fewestShaRounds) return damaged('SHA-crypt')
  if (Number(rounds) > mostShaRounds)
    return {
      what: `of SHA-crypt with ${rounds} rounds, above ${mostShaRounds}, which would hold a core for seconds`,
      remedy: `make it again with fewer: "mkpasswd -m sha-512 -R 100000"`,
    }
  return { kind, text }
}

function damaged(kind: string): HashFlaw {
  return {
    what: `of ${kind} that is damaged`,
    remedy: 'copy it whole, or make it again: "htpasswd -nB USER"',
  }
}

function unknownKind(text: string): string {
  if (text === '') return 'that is empty'
  if (text.startsWith('$1$')) return 'of MD5-crypt, which is broken'
  if (/^\$(?:y|gy|7|argon2[a-z]*|scrypt|pbkdf2[-a-z0-9]*)\$/.test(text))
    return 'of a kind that is not supported'
  if (/^\{[A-Za-z0-9-]+\}/.test(text)) return 'of a kind that is not supported'
  return /^[./0-9A-Za-z]{13}$/.test(text)
    ? 'of DES, which is broken, or plain text'
    : 'that is none: it looks like plain text'
}
