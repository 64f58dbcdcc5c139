/**
 * A well-mixed 32-bit hash of a text, the same in every process and version: ring positions depend on it.
 * FNV-1a over UTF-16 units with the final mixing of MurmurHash3.
 */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return mix(hash)
}

/** Spreads the bits of a 32-bit number over all of it; one-to-one. MurmurHash3's finaliser. */
export function mix(bits: number): number {
  let hash = bits
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
