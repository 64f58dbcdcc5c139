import { createHash } from 'node:crypto'
import { cryptBase64 } from './crypt-base64.ts'

const magic = '$apr1$'
const rounds = 1000

/**
 * Apache's variant of MD5-crypt with the salt of `like`, whole: `$apr1$salt$…`. `apr_md5_encode` of APR has the algorithm.
 *
 * @param like a hash that `readPasswordHash` took.
 */
export function apr1(password: Buffer, like: string): string {
  const saltText = like.split('$')[2] ?? ''
  const salt = Buffer.from(saltText, 'latin1')
  let digest = firstDigest(password, salt)
  for (let round = 0; round < rounds; round += 1) {
    const isOdd = round % 2 === 1
    const hash = createHash('md5').update(isOdd ? password : digest)
    if (round % 3 !== 0) hash.update(salt)
    if (round % 7 !== 0) hash.update(password)
    digest = hash.update(isOdd ? digest : password).digest()
  }
  return `${magic}${saltText}$${cryptBase64(digest, order)}`
}

function firstDigest(password: Buffer, salt: Buffer): Buffer {
  const alternate = createHash('md5').update(password).update(salt).update(password).digest()
  const hash = createHash('md5').update(password).update(magic).update(salt)
  for (let left = password.length; left > 0; left -= 16)
    hash.update(alternate.subarray(0, Math.min(left, 16)))
  const first = password.subarray(0, 1)
  for (let bits = password.length; bits > 0; bits >>= 1) hash.update(bits % 2 === 1 ? zero : first)
  return hash.digest()
}

const zero = Buffer.alloc(1)
const order: readonly (readonly number[])[] = [
  [0, 6, 12],
  [1, 7, 13],
  [2, 8, 14],
  [3, 9, 15],
  [4, 10, 5],
  [11],
]
