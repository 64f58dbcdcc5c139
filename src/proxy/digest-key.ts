/** For digests of what is remembered of passwords and verdicts: 32 bytes, as many as the digest has. */
export function digestKey(randomFill: (bytes: Buffer) => void): Buffer {
  const key = Buffer.alloc(32)
  randomFill(key)
  return key
}
