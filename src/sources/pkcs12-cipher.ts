import { createDecipheriv, createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import { childAt, childrenOf, DerError, type DerValue, derTags, numberOf, oidOf } from './der.ts'

/** A way to encrypt that is not read any more: RC2, or DES alone. */
export class OutdatedError extends Error {}

/** Or a key derivation that would take minutes. */
const mostIterations = 10_000_000

/** Decrypts what an `AlgorithmIdentifier` says it is encrypted by: PBES2 with AES (RFC 8018 §6.2), or 3DES as RFC 7292 has it. */
export function decrypt(algorithm: DerValue, encrypted: Buffer, password: string): Buffer {
  const [oid, parameters] = childrenOf(algorithm)
  if (oid === undefined || parameters === undefined) throw new DerError('no algorithm')
  switch (oidOf(oid)) {
    case '1.2.840.113549.1.5.13':
      return decryptPbes2(parameters, encrypted, password)
    case '1.2.840.113549.1.12.1.3': {
      const salt = childAt(parameters, 0, derTags.octets).content
      const iterations = iterationsOf(childAt(parameters, 1, derTags.integer))
      const key = deriveKey({ password, salt, iterations, hash: 'sha1', purpose: 1, length: 24 })
      const iv = deriveKey({ password, salt, iterations, hash: 'sha1', purpose: 2, length: 8 })
      return run('des-ede3-cbc', key, iv, encrypted)
    }
    default:
      throw new OutdatedError()
  }
}

function decryptPbes2(parameters: DerValue, encrypted: Buffer, password: string): Buffer {
  const kdf = childAt(parameters, 0, derTags.sequence)
  const scheme = childAt(parameters, 1, derTags.sequence)
  const cipher = ciphers[oidOf(childAt(scheme, 0, derTags.oid))]
  if (cipher === undefined || oidOf(childAt(kdf, 0, derTags.oid)) !== '1.2.840.113549.1.5.12')
    throw new OutdatedError()
  const [salt, iterations, ...rest] = childrenOf(childAt(kdf, 1, derTags.sequence))
  if (salt?.tag !== derTags.octets || iterations === undefined) throw new DerError('no salt')
  const prf = rest.find(({ tag }) => tag === derTags.sequence)
  const hash = prf === undefined ? 'sha1' : hashes[oidOf(childAt(prf, 0, derTags.oid))]
  if (hash === undefined) throw new OutdatedError()
  const key = pbkdf2Sync(password, salt.content, iterationsOf(iterations), cipher.keyBytes, hash)
  return run(cipher.name, key, childAt(scheme, 1, derTags.octets).content, encrypted)
}

const ciphers: Readonly<Record<string, { readonly name: string; readonly keyBytes: number }>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyBytes: 32 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24 },
}

/** HMACs of PBKDF2, and digests of a MAC. */
const hashes: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

/** Whether the MAC of a file is right, and the password with it. RFC 7292 §4. */
export function isMacRight(mac: DerValue, content: Buffer, password: string): boolean {
  const [digestInfo, salt, iterations] = childrenOf(mac)
  if (digestInfo === undefined || salt?.tag !== derTags.octets) throw new DerError('no MAC')
  const algorithm = childAt(digestInfo, 0, derTags.sequence)
  const expected = childAt(digestInfo, 1, derTags.octets).content
  const hash = hashes[oidOf(childAt(algorithm, 0, derTags.oid))]
  if (hash === undefined) throw new OutdatedError()
  const key = deriveKey({
    password,
    salt: salt.content,
    iterations: iterations === undefined ? 1 : iterationsOf(iterations),
    hash,
    purpose: 3,
    length: expected.length,
  })
  const actual = createHmac(hash, key).update(content).digest()
  return actual.length === expected.length && timingSafeEqual(actual, expected)
}

function iterationsOf(value: DerValue): number {
  const iterations = numberOf(value)
  if (iterations < 1 || iterations > mostIterations) throw new DerError('too many iterations')
  return iterations
}

function run(cipher: string, key: Buffer, iv: Buffer, encrypted: Buffer): Buffer {
  const decipher = createDecipheriv(cipher, key, iv)
  return Buffer.concat([decipher.update(encrypted), decipher.final()])
}

interface Derivation {
  readonly password: string
  readonly salt: Buffer
  readonly iterations: number
  readonly hash: string
  /** 1 makes keys, 2 initial vectors, 3 keys for MACs. */
  readonly purpose: 1 | 2 | 3
  readonly length: number
}

/** The key derivation of PKCS#12, RFC 7292 appendix B.2. */
function deriveKey({ password, salt, iterations, hash, purpose, length }: Derivation): Buffer {
  const block = hash === 'sha384' || hash === 'sha512' ? 128 : 64
  const text = Buffer.from(`${password}\0`, 'utf16le').swap16()
  const mixed = Buffer.concat([filled(salt, block), filled(text, block)])
  const diversifier = Buffer.alloc(block, purpose)
  const made: Buffer[] = []
  for (let bytes = 0; bytes < length; ) {
    let digest = createHash(hash).update(diversifier).update(mixed).digest()
    for (let round = 1; round < iterations; round++) digest = createHash(hash).update(digest).digest()
    made.push(digest)
    bytes += digest.length
    addToBlocks(mixed, filled(digest, block).subarray(0, block), block)
  }
  return Buffer.concat(made).subarray(0, length)
}

/** Repeated up to a multiple of `block`. */
function filled(bytes: Buffer, block: number): Buffer {
  return bytes.length === 0 ? bytes : Buffer.alloc(Math.ceil(bytes.length / block) * block, bytes)
}

/** Adds `addend` + 1 to each block, as numbers that wrap round. */
function addToBlocks(mixed: Buffer, addend: Buffer, block: number): void {
  for (let start = 0; start < mixed.length; start += block) {
    let carry = 1
    for (let at = block - 1; at >= 0; at--) {
      carry += (mixed[start + at] ?? 0) + (addend[at] ?? 0)
      mixed[start + at] = carry & 0xff
      carry >>= 8
    }
  }
}
