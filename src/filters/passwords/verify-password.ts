import { createHash, timingSafeEqual } from 'node:crypto'
import { compareSync } from 'bcryptjs'
import { readPasswordHash } from '../../model/password-hash.ts'
import { apr1 } from './apr1.ts'
import { shaCrypt } from './sha-crypt.ts'

/**
 * Whether a password is the one of a hash. Blocks for as long as the hash was made to take, so it runs beside the traffic; what is
 * compared in the end is compared in constant time. bcrypt looks at the first 72 bytes alone.
 *
 * @param hash one that `readPasswordHash` takes; any other is nobody's.
 */
export function verifyPassword(password: string, hash: string): boolean {
  const read = readPasswordHash(hash)
  if (!('kind' in read)) return false
  switch (read.kind) {
    case 'bcrypt':
      return compareSync(password, hash)
    case 'sha256-crypt':
    case 'sha512-crypt':
      return isEqual(shaCrypt(Buffer.from(password, 'utf8'), hash), hash)
    case 'apr1':
      return isEqual(apr1(Buffer.from(password, 'utf8'), hash), hash)
    case 'sha1':
      return isEqual(`{SHA}${createHash('sha1').update(password, 'utf8').digest('base64')}`, hash)
  }
}

function isEqual(one: string, other: string): boolean {
  const a = Buffer.from(one, 'latin1')
  const b = Buffer.from(other, 'latin1')
  return a.length === b.length && timingSafeEqual(a, b)
}
