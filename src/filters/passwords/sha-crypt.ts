import { createHash } from 'node:crypto'
import { cryptBase64 } from './crypt-base64.ts'

/** Salt and rounds of a hash, with the function it is made of. */
interface Parts {
  readonly algorithm: 'sha256' | 'sha512'
  readonly salt: Buffer
  readonly rounds: number
}

const usualRounds = 5000

/**
 * The SHA-crypt of a password with the salt and rounds of `like`, whole: `$6$rounds=…$salt$…`.
 *
 * Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512", https://www.akkadia.org/drepper/SHA-crypt.txt: the numbers of steps are his.
 *
 * @param like a hash that `readPasswordHash` took.
 */
export function shaCrypt(password: Buffer, like: string): string {
  const prefix = like.slice(0, like.lastIndexOf('$') + 1)
  const parts = partsOf(prefix)
  const digest = rounded(password, parts)
  return prefix + cryptBase64(digest, parts.algorithm === 'sha256' ? order256 : order512)
}

function partsOf(prefix: string): Parts {
  const [, id, first = '', second = ''] = prefix.split('$')
  const hasRounds = first.startsWith('rounds=')
  return {
    algorithm: id === '5' ? 'sha256' : 'sha512',
    salt: Buffer.from(hasRounds ? second : first, 'latin1'),
    rounds: hasRounds ? Number(first.slice('rounds='.length)) : usualRounds,
  }
}

/** Steps 13 to 21. */
function rounded(password: Buffer, parts: Parts): Buffer {
  const { algorithm, salt, rounds } = parts
  let digest = firstDigest(password, parts)
  const p = repeated(digestOf(algorithm, Array(password.length).fill(password)), password.length)
  const s = repeated(digestOf(algorithm, Array(16 + (digest[0] ?? 0)).fill(salt)), salt.length)
  for (let round = 0; round < rounds; round += 1) {
    const isOdd = round % 2 === 1
    const hash = createHash(algorithm).update(isOdd ? p : digest)
    if (round % 3 !== 0) hash.update(s)
    if (round % 7 !== 0) hash.update(p)
    digest = hash.update(isOdd ? digest : p).digest()
  }
  return digest
}

/** Steps 1 to 12. */
function firstDigest(password: Buffer, { algorithm, salt }: Parts): Buffer {
  const alternate = digestOf(algorithm, [password, salt, password])
  const hash = createHash(algorithm).update(password).update(salt)
  hash.update(repeated(alternate, password.length))
  for (let bits = password.length; bits > 0; bits >>= 1) hash.update(bits % 2 === 1 ? alternate : password)
  return hash.digest()
}

function digestOf(algorithm: string, pieces: readonly Buffer[]): Buffer {
  const hash = createHash(algorithm)
  for (const piece of pieces) hash.update(piece)
  return hash.digest()
}

/** `bytes` over and over, cut to a length. */
function repeated(bytes: Buffer, length: number): Buffer {
  const result = Buffer.alloc(length)
  for (let at = 0; at < length; at += bytes.length) bytes.copy(result, at)
  return result
}

/** Step 22: which bytes of the digest become which four characters. */
const order256: readonly (readonly number[])[] = [...turning(10, [0, 10, 20], [2, 0, 1]), [31, 30]]
const order512: readonly (readonly number[])[] = [...turning(21, [0, 21, 42], [1, 2, 0]), [63]]

/** Groups count up by one, and each takes the three of the group before in another order: `turn[i]` is who comes in place i. */
function turning(
  count: number,
  first: readonly number[],
  turn: readonly [number, number, number],
): readonly (readonly number[])[] {
  const groups: number[][] = []
  let group = [...first]
  for (let i = 0; i < count; i += 1) {
    groups.push(group)
    group = turn.map((place) => (group[place] ?? 0) + 1)
  }
  return groups
}
